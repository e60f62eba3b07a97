// What a bundler does for libraries written for one: exports of CommonJS modules by name, also names that a module has no
// longer. Import it before them.
import { createRequire, registerHooks } from 'node:module';

const shim = (name, exported) => [name, `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module';
const all = createRequire(${JSON.stringify(import.meta.url)})('${name}');
export default all;
${exported.map((one) => `export const ${one} = all.${one};`).join('\n')}`)}`];
const shims = Object.fromEntries([shim('moment', ['duration']), shim('class-transformer', ['plainToClass', 'deserializeArray', 'deserialize'])]);
registerHooks({ resolve: (name, context, next) => (shims[name] && context.conditions.includes('import') ? { url: shims[name], shortCircuit: true } : next(name, context)) });
