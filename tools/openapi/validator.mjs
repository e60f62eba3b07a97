// What somebody else's validator says of a description: [message]; empty if it is good OpenAPI.
import './modules.mjs';

const { Validator } = await import('@seriousme/openapi-schema-validator');

export async function validate(document) {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  if (valid) return [];
  return Array.isArray(errors) ? errors.map(({ instancePath, message }) => `${instancePath}: ${message}`) : [String(errors)];
}
