import { mount } from 'svelte';
import { speak } from './i18n/i18n.svelte';
import App from './App.svelte';
import './styles/tokens.css';
import './styles/base.css';
import { firstLanguage } from './stores/session.svelte';

await speak(firstLanguage());
mount(App, { target: document.getElementById('app')! });
