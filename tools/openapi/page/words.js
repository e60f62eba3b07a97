// What the page says itself. The description is in English: so are the messages of the server, which are for logs.
export const words = {
  kk: {
    title: 'Қала API',
    file: 'OpenAPI файлы',
    control: 'Басқару бөлмесі',
    signedIn: (name, role) => `Сіз ${name} (${role}) болып кірдіңіз. Мұнда жасалған сұраулар шын орындалады: олар осы қалада өзгеріс жасайды.`,
    signedOut: 'Сіз кірмегенсіз: басқару бөлмесіне кіріңіз немесе «Authorize» арқылы токен енгізіңіз. Сұраулар шын орындалады.',
    roles: { viewer: 'бақылаушы', operator: 'оператор', engineer: 'инженер', admin: 'әкімші' },
  },
  ru: {
    title: 'API Qala',
    file: 'Файл OpenAPI',
    control: 'Диспетчерская',
    signedIn: (name, role) => `Вы вошли как ${name} (${role}). Запросы отсюда настоящие: они меняют этот город.`,
    signedOut: 'Вы не вошли: войдите в диспетчерскую или введите токен через «Authorize». Запросы настоящие.',
    roles: { viewer: 'наблюдатель', operator: 'оператор', engineer: 'инженер', admin: 'администратор' },
  },
  en: {
    title: 'Qala API',
    file: 'OpenAPI file',
    control: 'Control room',
    signedIn: (name, role) => `You are signed in as ${name} (${role}). What you try here is real: it changes this town.`,
    signedOut: 'You are not signed in: sign in to the control room, or give a token with “Authorize”. What you try here is real.',
    roles: { viewer: 'viewer', operator: 'operator', engineer: 'engineer', admin: 'administrator' },
  },
};
