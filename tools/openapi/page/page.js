// The description with a form for every request. Nothing is loaded but from this server; who is signed in tries as himself.
import { words } from './words.js';

const one = (selector) => document.querySelector(selector);
const wanted = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem('qala.api.language') ?? navigator.language.slice(0, 2);
let language = wanted in words ? wanted : 'kk';
let session = null;

function tell() {
  const t = words[language];
  document.documentElement.lang = language;
  document.title = t.title;
  one('header b').textContent = t.title;
  one('.file').textContent = t.file;
  one('.control').textContent = t.control;
  one('.who').textContent = session ? t.signedIn(session.user.name, t.roles[session.user.role] ?? session.user.role) : t.signedOut;
  for (const button of document.querySelectorAll('.languages button')) button.setAttribute('aria-pressed', String(button.lang === language));
}

for (const [code, name] of [['kk', 'Қазақша'], ['ru', 'Русский'], ['en', 'English']]) {
  const button = Object.assign(document.createElement('button'), { type: 'button', lang: code, textContent: name });
  button.addEventListener('click', () => {
    language = code;
    localStorage.setItem('qala.api.language', code);
    tell();
  });
  one('.languages').append(button);
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const dress = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', dress);
dress();
tell();

const answer = await fetch('/api/v1/session').catch(() => null);
if (answer?.ok) session = await answer.json();
tell();

globalThis.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#description',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  syntaxHighlight: { activated: true, theme: dark.matches ? 'agate' : 'idea' },
  // A session's changes carry its token; a program's token goes alone.
  requestInterceptor: (request) => {
    const changes = request.method && !['GET', 'HEAD', 'OPTIONS'].includes(request.method.toUpperCase());
    if (session && changes && !request.headers.Authorization) request.headers['X-Qala-CSRF'] = session.csrf;
    return request;
  },
});
