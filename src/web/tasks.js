// SPDX-License-Identifier: Apache-2.0
// My tasks: to do, done, started by me, cc'd to me; with a search and pages.
import { get } from '/web/api.js';
import { button, element, icon, link, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { brief, nameOf, taskName } from '/web/format.js';
import { emptyPlace, refusedPlace, searchField, segments, skeleton } from '/web/parts.js';
import { whileBusy } from '/web/dialog.js';
import { avatar } from '/web/person.js';

const LISTS = ['todo', 'done', 'mine', 'cc'];
let chosenList = 'todo';      // outlives the view: coming back shows the same list

/** A list view of app.js: { root, heading, select, focusItem, close }. */
export function tasksView() {
  const heading = element('h2', { tabindex: '-1' }, say('my_tasks'));
  const items = element('ul', { class: 'items' });
  const place = element('div', { class: 'list-scroll' });
  const state = { search: '', turn: 0, pageToken: '', selected: '' };

  async function load() {
    state.turn += 1;
    const { turn } = state;
    replace(place, skeleton('list'));
    try {
      const page = await get('tasks', { list: chosenList, search: state.search });
      if (turn === state.turn) show(page);
    } catch (refusal) {
      if (turn === state.turn) replace(place, refusedPlace(refusal, load));
    }
  }

  function show(page) {
    replace(items, page.items.map(taskItem));
    replace(place, page.items.length > 0 ? [items, moreButton(page)] : nothing());
    mark();
  }

  function moreButton(page) {
    state.pageToken = page.page_token;
    if (!page.has_more) return null;
    const more = button(say('more'), { class: 'more', on: { click: () => whileBusy(more, say('loading'), () => loadMore(more)) } });
    return more;
  }

  async function loadMore(more) {
    const { turn } = state;
    const query = { list: chosenList, search: state.search, page_token: state.pageToken };
    const page = await get('tasks', query).catch((refusal) => ({ refusal }));
    if (turn !== state.turn) return;
    if (page.refusal) {
      more.after(refusedPlace(page.refusal));
      return;
    }
    const fresh = page.items.map(taskItem);
    items.append(...fresh);
    replace(place, items, moreButton(page));
    fresh[0]?.querySelector('a').focus();
    mark();
  }

  function nothing() {
    if (state.search) return emptyPlace('search', say('nothing_found'), say('nothing_found_more'));
    return emptyPlace('empty', say(`tasks_empty_${chosenList}`), say(`tasks_empty_${chosenList}_more`));
  }

  function mark() {
    for (const item of items.children) {
      const anchor = item.querySelector('a');
      if (item.dataset.id === state.selected) anchor.setAttribute('aria-current', 'page');
      else anchor.removeAttribute('aria-current');
    }
  }

  const choices = LISTS.map((list) => [list, say(`list_${list}`)]);
  const root = element('div', { class: 'list' },
    element('header', { class: 'list-head' },
      heading,
      segments(say('which_tasks'), choices, chosenList, (list) => {
        chosenList = list;
        load();
      }),
      searchField(say('search_tasks'), (words) => {
        state.search = words;
        load();
      })),
    place);
  load();
  return {
    root,
    heading,
    select: (task_id) => {
      state.selected = task_id;
      mark();
    },
    focusItem: (task_id) => focusItem(items, task_id),
    close: () => { state.turn += 1; },
  };
}

/** Gives the focus back to where a detail was opened from. Whether that was there. */
export function focusItem(items, id) {
  const anchor = [...items.children].find((item) => item.dataset.id === id)?.querySelector('a');
  anchor?.focus();
  return Boolean(anchor);
}

function taskItem(task) {
  return element('li', { 'data-id': task.task_id },
    link(`#/tasks/${encodeURIComponent(task.task_id)}`, { class: 'item' },
      avatar(task.initiator),
      element('span', { class: 'item-text' },
        element('span', { class: 'item-line' },
          element('bdi', { class: 'item-title' }, taskName(task)),
          element('time', { datetime: new Date(task.task_start_ms).toISOString() }, brief(task.task_start_ms))),
        element('span', { class: 'item-line' },
          element('bdi', { class: 'item-more' }, say('started_by', { name: nameOf(task.initiator) })),
          typeMark(task.type)))));
}

/** To do or done, as a coloured word. */
export function typeMark(type) {
  const isDone = type === 'archived';
  return element('span', { class: `mark ${isDone ? 'done' : 'todo'}` },
    isDone && icon('check'), say(isDone ? 'type_archived' : 'type_pending'));
}
