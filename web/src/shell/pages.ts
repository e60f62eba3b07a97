/** The pages there are. The digit is the key, and stays the same when pages between them come. */
export const pages = [
  { page: 'map', digit: 1 },
  { page: 'overview', digit: 2 },
  { page: 'alarms', digit: 3 },
  { page: 'things', digit: 4 },
  { page: 'shift', digit: 7 },
  { page: 'system', digit: 8 },
] as const;
