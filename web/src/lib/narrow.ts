/** A telephone's width: lists stand in two or three lines a row, the rail below. */
import { MediaQuery } from 'svelte/reactivity';

export const narrow = new MediaQuery('max-width: 799px');
