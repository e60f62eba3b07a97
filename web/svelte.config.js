/** Warnings about accessibility are errors, in the build as in `npm run check`. */
export default {
  // Short names of scoped classes: they stand thousands of times in what browsers fetch, and each is as good as random.
  compilerOptions: { runes: true, discloseVersion: false, cssHash: ({ hash, css }) => `s${hash(css).slice(0, 5)}` },
  onwarn: (warning) => {
    if (warning.filename?.includes('node_modules')) return;
    throw new Error(`${warning.filename}: ${warning.code}: ${warning.message}`);
  },
};
