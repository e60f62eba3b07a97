/** The words of all pages, by language: the main catalogue, and those of pages that have one of their own. */
import mainEn from './en.json';
import mainKk from './kk.json';
import notifyEn from './notify/en.json';
import notifyKk from './notify/kk.json';
import notifyRu from './notify/ru.json';
import mainRu from './ru.json';

export const en = { ...mainEn, ...notifyEn };
export const kk = { ...mainKk, ...notifyKk };
export const ru = { ...mainRu, ...notifyRu };
