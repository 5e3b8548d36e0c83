// SPDX-License-Identifier: Apache-2.0
// Beside a chat: the task that it was opened from, and its members. On a wide screen it stands there, on others it is called.
import { get, part } from '/web/api.js';
import { button, element, link, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { taskName } from '/web/format.js';
import { segments, skeleton } from '/web/parts.js';
import { makeMembers } from '/web/members.js';
import { taskFacts } from '/web/task.js';
import { cut } from '/web/format.js';

const CHOICE_CHARACTERS = 16;

/** { root, show(chat, canChange), refreshMembers, focus } */
export function makeSide(chat_id, context, { whenClosed }) {
  const members = makeMembers(chat_id, context);
  const choice = element('div', { class: 'side-choice' });
  const facts = element('div', {}, skeleton('page', 4));
  const title = element('h2', { tabindex: '-1', class: 'side-title' }, say('chat_details'));
  let known = '';
  let shown = '';

  function showTasks(tasks) {
    const ids = tasks.map((task) => task.task_id).join();
    if (ids === known && shown) return;
    known = ids;
    if (tasks.length === 0) {
      replace(choice);
      replace(facts, element('p', { class: 'quiet' }, say('no_task')));
      return;
    }
    const choices = tasks.map((task) => [task.task_id, cut(taskName(task), CHOICE_CHARACTERS)]);
    const first = tasks.find((task) => task.task_id === shown) || tasks[0];
    replace(choice, tasks.length > 1 && segments(say('task'), choices, first.task_id, (task_id) => {
      showTask(tasks.find((task) => task.task_id === task_id));
    }));
    showTask(first);
  }

  async function showTask(task) {
    shown = task.task_id;
    const head = element('div', { class: 'side-task' },
      element('h3', { dir: 'auto' }, taskName(task)));
    replace(facts, head, skeleton('page', 3));
    const whole = await get(`tasks/${part(task.task_id)}`).catch(() => null);
    if (shown !== task.task_id) return;
    if (!whole) {
      shown = '';
      replace(facts, head);
      return;
    }
    head.append(link(`#/tasks/${encodeURIComponent(task.task_id)}`, { class: 'button small' }, say('open_task')));
    replace(facts, head, taskFacts(whole));
  }

  const root = element('aside', { class: 'side', 'aria-label': say('chat_details') },
    element('header', { class: 'side-head' }, title,
      button(say('close'), { icon: 'close', isBare: true, on: { click: whenClosed } })),
    element('div', { class: 'side-body' }, choice, facts, members.root));
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && root.closest('.with-side')) whenClosed();
  });
  return {
    root,
    show: (chat, canChange) => {
      showTasks(chat.tasks || []);
      members.show(chat, canChange);
    },
    refreshMembers: members.refresh,
    focus: () => title.focus(),
  };
}
