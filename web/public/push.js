/**
 * The control room's service worker: shows what the town's server pushes, opens the alarm that is tapped. It answers no
 * requests of pages: those go to the server as without it. Texts come from the server, in the reader's language.
 */
const room = '/control/alarms';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  let note = {};
  try {
    note = event.data?.json() ?? {};
  } catch {
    // Not ours. A browser wants something shown for each push all the same.
  }
  const urgent = note.severity === 1 || note.severity === 2;
  event.waitUntil(
    self.registration.showNotification(String(note.title ?? 'Qala'), {
      body: String(note.body ?? ''),
      tag: String(note.tag ?? 'qala'),
      renotify: true,
      requireInteraction: urgent,
      data: { url: String(note.url ?? '') },
    }),
  );
});

/** The path of the server's link, at the address where this browser found the control room. */
function pathOf(url) {
  try {
    const { pathname, search } = new URL(url || room, self.location.origin);
    return pathname.startsWith('/control') ? pathname + search : room;
  } catch {
    return room;
  }
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const path = pathOf(event.notification.data?.url);
  event.waitUntil(
    (async () => {
      const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
      const open = windows.find((client) => new URL(client.url).pathname.startsWith('/control'));
      if (!open) return void (await self.clients.openWindow(path));
      await open.focus();
      if (new URL(open.url).pathname + new URL(open.url).search !== path) await open.navigate(path).catch(() => undefined);
    })(),
  );
});
