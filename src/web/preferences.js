// SPDX-License-Identifier: Apache-2.0
// What a person chose for this browser: language and theme. Kept in local storage, which may be refused or hold anything.

const LANGUAGES = ['zh', 'en'];
const THEMES = ['light', 'dark'];

function read(name, allowed) {
  try {
    const kept = localStorage.getItem(`taskroom.${name}`);
    return allowed.includes(kept) ? kept : '';
  } catch {
    return '';
  }
}

function keep(name, value) {
  try {
    if (value) localStorage.setItem(`taskroom.${name}`, value);
    else localStorage.removeItem(`taskroom.${name}`);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is left.
  }
}

const chosen = { language: read('language', LANGUAGES), theme: read('theme', THEMES) };

/** zh or en: what was chosen, else the browser's first language that is one of them, else English. */
export function language() {
  if (chosen.language) return chosen.language;
  const tongues = (navigator.languages?.length ? navigator.languages : [navigator.language || 'en']);
  const known = tongues.map((tongue) => tongue.slice(0, 2).toLowerCase()).find((tongue) => LANGUAGES.includes(tongue));
  return known || 'en';
}

export function setLanguage(value) {
  chosen.language = value;
  keep('language', value);
  apply();
}

/** light, dark, or empty: as the system has it. */
export function theme() {
  return chosen.theme;
}

export function setTheme(value) {
  chosen.theme = value;
  keep('theme', value);
  apply();
}

/** Tells the document. */
export function apply() {
  const root = document.documentElement;
  root.lang = language() === 'zh' ? 'zh-CN' : 'en';
  if (chosen.theme) root.dataset.theme = chosen.theme;
  else delete root.dataset.theme;
}
