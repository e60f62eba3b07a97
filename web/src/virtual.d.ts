/** Where the map's worker is; made by vite.config.ts. */
declare module 'virtual:map-worker' {
  const address: string;
  export default address;
}
