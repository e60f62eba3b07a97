/** Warnings about accessibility are errors, in the build as in `npm run check`. */
export default {
  compilerOptions: { runes: true },
  onwarn: (warning) => {
    if (warning.filename?.includes('node_modules')) return;
    throw new Error(`${warning.filename}: ${warning.code}: ${warning.message}`);
  },
};
