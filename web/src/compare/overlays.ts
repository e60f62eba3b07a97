/** How far back a period is laid over the window; weeks keep the weekday, also a year ago. */
export const steps = [
  { days: 1, key: 'day', cap: '⇧1' },
  { days: 7, key: 'week', cap: '⇧2' },
  { days: 28, key: 'month', cap: '⇧3' },
  { days: 364, key: 'year', cap: '⇧4' },
] as const;
