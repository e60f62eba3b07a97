// What needs an app's code, a provider, another side that listens or a camera: asked in these programs only, which are held
// against the description like the others (described.mjs).
export const elsewhere = {
  sessions: ['DELETE /api/v1/users/{id}/totp', 'POST /api/v1/session/second', 'POST /api/v1/session/totp/recovery', 'POST /api/v1/session/totp/confirm', 'POST /api/v1/session/totp/remove'],
  people: ['POST /api/v1/welcome', 'POST /api/v1/welcome/look'],
  cameras: ['POST /api/v1/cameras/probe', 'GET /api/v1/cameras/{id}/still', 'POST /api/v1/cameras/{id}/export', 'GET /api/v1/evidence/{id}/video',
    'GET /api/v1/evidence/{id}/manifest', 'GET /api/v1/evidence/{id}/signature'],
  onvif: ['POST /api/v1/cameras/discover', 'GET /api/v1/cameras/{id}/ptz', 'POST /api/v1/cameras/{id}/ptz'],
  oidc: ['GET /api/v1/oidc/start', 'GET /api/v1/oidc/callback'],
  notify: ['POST /api/v1/notifications/browsers', 'PUT /api/v1/notifications/browsers/{id}', 'DELETE /api/v1/notifications/browsers/{id}',
    'POST /api/v1/notifications/browsers/{id}/test', 'POST /api/v1/notifications/recipients/{id}/test'],
};
