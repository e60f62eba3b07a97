/** Line icons on a grid of 24. Always beside a word. */
export const icons = {
  air: 'M3 8h9.5a2.6 2.6 0 1 0-2.4-3.6M3 12h14.2a2.7 2.7 0 1 1-2.5 3.8M3 16h7.5a2.3 2.3 0 1 1-2.1 3.2',
  heat: 'M10 14.2V5a2 2 0 1 1 4 0v9.2a4 4 0 1 1-4 0ZM12 9v8',
  light: 'M12 3v3M5.6 5.6l2 2M3 12h2M18.4 5.6l-2 2M21 12h-2M9 17.5h6M10 20.5h4M8.8 15a4.8 4.8 0 1 1 6.4 0Z',
  power: 'M13 2.5 5.5 13.5H11l-1 8 7.5-11H12Z',
  water: 'M12 3c3.6 4.4 6 7.5 6 11a6 6 0 1 1-12 0c0-3.5 2.4-6.6 6-11Z',
  waste: 'M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13M10.5 10.5v6M13.5 10.5v6',
  traffic: 'M4 16.5V12l2-5.5h12l2 5.5v4.5ZM4 12h16M7 16.5V19M17 16.5V19M7.5 14.3h.01M16.5 14.3h.01',
  devices: 'M12 13v8M12 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM8 13.8a5.3 5.3 0 0 1 0-7.6M16 6.2a5.3 5.3 0 0 1 0 7.6M5.2 16.6a9.3 9.3 0 0 1 0-13.2M18.8 3.4a9.3 9.3 0 0 1 0 13.2',
  map: 'M3 6.5 9 4l6 2.5L21 4v13.5L15 20l-6-2.5L3 20ZM9 4v13.5M15 6.5V20',
  overview: 'M4 4h7v7H4ZM13 4h7v4h-7ZM13 10h7v10h-7ZM4 13h7v7H4Z',
  alarms: 'M12 3a5.5 5.5 0 0 1 5.5 5.5c0 5 2 6.5 2 6.5h-15s2-1.5 2-6.5A5.5 5.5 0 0 1 12 3ZM10 19a2 2 0 0 0 4 0',
  things: 'M4 6h16M4 12h16M4 18h16M8 4v4M15 10v4M10 16v4',
  shift: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4l3 2',
  system: 'M4 12h4l2-6 4 12 2-6h4',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 21 21',
  pin: 'M9 4h6l-1 6 3 3H7l3-3ZM12 13v7',
  check: 'M5 12.5 10 17 19 7',
} as const;
export type IconName = keyof typeof icons;
