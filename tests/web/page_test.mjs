// SPDX-License-Identifier: Apache-2.0
// The page in a real browser, against a server that is `taskroom demo`.
//
// node page_test.mjs URL [FOLDER]     URL: http://127.0.0.1:7171   FOLDER: where screenshots go
// Environment: TASKROOM_URL and SCREENSHOTS instead of the arguments; RESTART_URL: a GET there stops the server, waits about
// two seconds, starts it again and answers (tests/web/run has it); CHROMIUM: the browser's program;
// PARTS: some of order,talk,direct,reach,hostile,views.
import { begin, end, test } from './browser.mjs';
import { direct } from './direct.mjs';
import { hostile } from './hostile.mjs';
import { order } from './order.mjs';
import { reach } from './reach.mjs';
import { talk } from './talk.mjs';
import { views } from './views.mjs';

const parts = { order, talk, direct, reach, hostile, views };
const wanted = process.env.PARTS ? process.env.PARTS.split(',') : Object.keys(parts);

await begin();
for (const part of wanted) await test(`${part} went to its end`, parts[part]);
await end();
