// web/src/api/schema.d.ts: the types of all answers, for the screens. node tools/openapi/types.mjs
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import './modules.mjs';

const { default: openapiTS, astToString } = await import('openapi-typescript');
const { bundle } = await import('./bundle.mjs');

const out = resolve(import.meta.dirname, '../../web/src/api/schema.d.ts');
const head = '// Made of docs/openapi by tools/openapi/types.mjs (npm run check does); not kept in the repository.\n';
writeFileSync(out, head + astToString(await openapiTS(bundle(), { silent: true })));
