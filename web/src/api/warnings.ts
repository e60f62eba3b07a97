/** Requests about public warnings, fetched with their page. */
import { request, root } from './api';
import type { Warning, WarningBody, WarningSetup } from './warning-types';

const one = (id: number, act = ''): string => `/warnings/${id}${act}`;

export const warningApi = {
  all: () => request<{ warnings: Warning[]; total: number }>('GET', '/warnings'),
  setup: () => request<WarningSetup>('GET', '/warnings/setup'),
  write: (body: WarningBody) => request<Warning>('POST', '/warnings', body),
  change: (id: number, body: WarningBody) => request<Warning>('PUT', one(id), body),
  discard: (id: number) => request<void>('DELETE', one(id)),
  approve: (id: number, revision: number) => request<Warning>('POST', one(id, '/approve'), { revision }),
  publish: (id: number, revision: number) => request<Warning>('POST', one(id, '/publish'), { revision }),
  update: (id: number) => request<Warning>('POST', one(id, '/update'), {}),
  cancel: (id: number) => request<Warning>('POST', one(id, '/cancel'), {}),
  file: (id: number) => root + one(id, '/cap.xml'),
};
