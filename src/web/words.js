// SPDX-License-Identifier: Apache-2.0
// Every text that is seen, in Chinese and English: key: [Chinese, English]. {name} is filled in; of an English "one|many" the
// count in {n} picks one.
import { language } from '/web/preferences.js';

const table = {
  // the frame
  skip: ['跳到主要内容', 'Skip to the content'],
  navigation: ['主导航', 'Main'],
  tasks: ['任务', 'Tasks'],
  chats: ['群聊', 'Chats'],
  account: ['账号', 'Account'],
  loading: ['正在加载…', 'Loading…'],
  back_to_tasks: ['返回任务列表', 'Back to tasks'],
  back_to_chats: ['返回群聊列表', 'Back to chats'],
  close: ['关闭', 'Close'],
  cancel: ['取消', 'Cancel'],
  more: ['加载更多', 'Show more'],
  try_again: ['重试', 'Try again'],
  connection_lost: ['连接已断开，正在重新连接…', 'Connection lost. Reconnecting…'],
  connection_back: ['已重新连接', 'Connected again'],
  not_a_page: ['这里什么都没有', 'There is nothing here'],
  not_a_page_more: ['链接可能写错了。', 'The address may be mistyped.'],
  and: ['、', ', '],
  people_n: ['{n} 人', '{n} person|{n} people'],
  unread_n: ['{n} 条未读', '{n} unread'],

  // demo
  demo_mark: ['演示', 'Demo'],
  acting_as: ['正在以 {name} 的身份操作', 'Acting as {name}'],
  switch_person: ['切换身份', 'Switch'],
  switch_title: ['以谁的身份操作？', 'Who do you want to act as?'],
  switch_more: ['只有演示模式可以这样做：不需要密码，所有人都能看到演示数据。', 'Only in the demo: no password is asked for, and everybody can see its data.'],
  this_is_you: ['当前身份', 'You are here'],

  // signing in
  sign_in_title: ['登录 taskroom', 'Sign in to taskroom'],
  sign_in_more: ['在任务旁边，和相关的人聊一聊。', 'Talk with the right people, right beside the task.'],
  user_id: ['用户 ID', 'User ID'],
  password: ['密码', 'Password'],
  sign_in: ['登录', 'Sign in'],
  signing_in: ['正在登录…', 'Signing in…'],
  sign_in_help: ['没有密码？请管理员给你一个一次性登录链接。', 'No password? Ask your administrator for a one-time link.'],
  sign_in_refused: ['无法登录。请检查用户 ID 和密码。', 'That didn’t work. Check the user ID and the password.'],
  sign_in_empty: ['请填写用户 ID 和密码。', 'Fill in the user ID and the password.'],
  link_refused: ['这个登录链接已失效或已被使用。请向管理员再要一个。', 'This link has expired or was used before. Ask your administrator for a new one.'],
  link_title: ['使用一次性链接登录', 'Sign in with a one-time link'],
  link_more: ['点击后此链接即失效。', 'The link works once, and is used up by this.'],
  signed_out: ['你已退出登录。', 'You are signed out.'],
  session_over: ['登录已过期，请重新登录。', 'Your session has ended. Please sign in again.'],
  or_act_as: ['以演示用户身份进入', 'Enter as a demo user'],

  // tasks
  my_tasks: ['我的任务', 'My tasks'],
  which_tasks: ['显示哪些任务', 'Which tasks to show'],
  list_todo: ['待办', 'To do'],
  list_done: ['已办', 'Done'],
  list_mine: ['我发起的', 'Started'],
  list_cc: ['抄送我的', 'CC’d'],
  search_tasks: ['搜索任务', 'Search tasks'],
  tasks_empty_todo: ['没有待办任务', 'Nothing to do'],
  tasks_empty_todo_more: ['有新任务时会出现在这里。', 'New tasks will appear here.'],
  tasks_empty_done: ['还没有已办任务', 'Nothing done yet'],
  tasks_empty_done_more: ['办完的任务会留在这里。', 'Tasks that you finish are kept here.'],
  tasks_empty_mine: ['你还没有发起过任务', 'You haven’t started a task'],
  tasks_empty_mine_more: ['你发起的任务会出现在这里。', 'Tasks that you start appear here.'],
  tasks_empty_cc: ['没有抄送给你的任务', 'No task was cc’d to you'],
  tasks_empty_cc_more: ['别人抄送给你的任务会出现在这里。', 'Tasks that others copy you in on appear here.'],
  nothing_found: ['没有找到', 'Nothing found'],
  nothing_found_more: ['换个词再试试。', 'Try another word.'],
  type_pending: ['待办', 'To do'],
  type_archived: ['已办', 'Done'],
  status_in_process: ['进行中', 'In progress'],
  status_completed: ['已完成', 'Completed'],
  status_rejected: ['已拒绝', 'Rejected'],
  status_canceled: ['已撤销', 'Cancelled'],
  started_by: ['{name} 发起', 'by {name}'],
  unnamed_task: ['未命名任务', 'Untitled task'],
  choose_task: ['选择一个任务', 'Choose a task'],
  choose_task_more: ['查看内容，并和相关的人开一个群聊。', 'See what it is about, and open a chat with the people it concerns.'],

  // a task
  task: ['任务', 'Task'],
  open_task: ['查看任务', 'Open the task'],
  initiator: ['发起人', 'Started by'],
  started_at: ['发起时间', 'Started'],
  status: ['状态', 'Status'],
  assignees: ['处理人', 'Assignees'],
  cc: ['抄送', 'CC'],
  nobody: ['无', 'Nobody'],
  contents: ['内容', 'Details'],
  people: ['人员', 'People'],
  its_chats: ['群聊', 'Chats'],
  its_chats_empty: ['还没有群聊。开一个，把相关的人拉到一起。', 'No chat yet. Open one and bring the people together.'],
  not_a_member: ['你不在此群', 'You’re not a member'],
  history: ['历史', 'History'],
  history_cut: ['更早的记录没有显示。', 'Earlier steps are not shown.'],
  history_started: ['{actor} 发起了任务', '{actor} started the task'],
  history_chat_opened: ['{actor} 发起了群聊「{chat}」', '{actor} opened the chat “{chat}”'],
  history_chat_opened_with: ['{actor} 发起了群聊「{chat}」，成员：{users}', '{actor} opened the chat “{chat}” with {users}'],
  history_chat_linked: ['{actor} 把任务关联到群聊「{chat}」', '{actor} linked the chat “{chat}”'],
  history_chat_linked_with: ['{actor} 把任务关联到群聊「{chat}」，并邀请了 {users}', '{actor} linked the chat “{chat}” and added {users}'],
  history_chat_renamed: ['{actor} 将群名改为「{chat}」', '{actor} renamed the chat to “{chat}”'],
  history_chat_disbanded: ['{actor} 解散了群聊「{chat}」', '{actor} dissolved the chat “{chat}”'],
  an_app: ['应用', 'An app'],
  names_and_more: ['{names} 等 {total} 人', '{names} and {n} other|{names} and {n} others'],
  open_group: ['发起群聊', 'Open a group chat'],

  // opening a group chat
  open_group_for: ['为「{task}」发起群聊', 'Open a group chat for “{task}”'],
  invite_whom: ['邀请谁？', 'Who should join?'],
  chosen_people: ['已选人员', 'People chosen'],
  chosen_n: ['已选 {n} / {most}', '{n} of {most} chosen'],
  search_people: ['按姓名搜索', 'Search by name'],
  suggested: ['任务相关人员', 'People of this task'],
  found_n: ['找到 {n} 人', '{n} person found|{n} people found'],
  no_person_found: ['没有叫这个名字的人', 'Nobody of that name'],
  remove: ['移除', 'Remove'],
  added_person: ['已添加 {name}', '{name} added'],
  removed_person: ['已移除 {name}', '{name} removed'],
  at_most_n: ['最多选择 {n} 人', 'At most {n} people'],
  choose_somebody: ['请至少选择一个人。', 'Choose at least one person.'],
  where_to: ['在哪里聊？', 'Which chat?'],
  new_chat: ['新建群聊', 'A new chat'],
  existing_chat: ['已有的群聊', 'One of my chats'],
  chat_name: ['群名称', 'Name of the chat'],
  chat_name_hint: ['不填则使用任务名称', 'Empty: the name of the task'],
  choose_chat: ['请选择一个群聊。', 'Choose a chat.'],
  no_chat_to_choose: ['你还没有群聊，请新建一个。', 'You have no chat yet: make a new one.'],
  open_chat: ['发起群聊', 'Open chat'],
  opening: ['正在发起…', 'Opening…'],

  // chats
  my_chats: ['我的群聊', 'My chats'],
  chats_empty: ['还没有群聊', 'No chats yet'],
  chats_empty_more: ['打开一个任务，就可以从那里发起群聊。', 'Open a task and start a group chat from there.'],
  go_to_tasks: ['去看看任务', 'Go to the tasks'],
  choose_chat_title: ['选择一个群聊', 'Choose a chat'],
  choose_chat_more: ['或从任务发起一个新的。', 'Or open a new one from a task.'],
  app: ['应用', 'App'],
  with_app: ['应用单聊', 'Direct chat with an app'],
  unnamed_chat: ['未命名群聊', 'Unnamed chat'],
  no_message_yet: ['还没有消息', 'No message yet'],

  // a chat
  chat: ['群聊', 'Chat'],
  messages_of: ['「{name}」的消息', 'Messages of “{name}”'],
  write_to: ['发消息到「{name}」', 'Message to “{name}”'],
  write_here: ['说点什么…', 'Write a message…'],
  send: ['发送', 'Send'],
  send_hint: ['Enter 发送 · Shift+Enter 换行', 'Enter sends · Shift+Enter breaks the line'],
  you: ['你', 'You'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  new_messages: ['新消息', 'New messages'],
  new_below_n: ['{n} 条新消息', '{n} new message|{n} new messages'],
  to_newest: ['回到最新消息', 'To the newest message'],
  chat_begins: ['聊天从这里开始', 'This is where the chat begins'],
  older_loading: ['正在加载更早的消息…', 'Loading earlier messages…'],
  older_failed: ['更早的消息没有加载成功', 'Earlier messages could not be loaded'],
  pending: ['发送中', 'Sending'],
  sent: ['已发送', 'Sent'],
  not_sent: ['未发送', 'Not sent'],
  retry: ['重试', 'Retry'],
  discard: ['删除', 'Discard'],
  retry_message: ['重试发送「{text}」', 'Retry sending “{text}”'],
  discard_message: ['删除未发送的「{text}」', 'Discard the unsent “{text}”'],
  recalled: ['消息已撤回', 'This message was recalled'],
  show_all: ['展开全部', 'Show all'],
  said: ['{name}：{text}', '{name}: {text}'],
  kind_image: ['[图片]', '[Image]'],
  kind_file: ['[文件]', '[File]'],
  kind_audio: ['[语音]', '[Audio]'],
  kind_media: ['[视频]', '[Video]'],
  kind_sticker: ['[表情]', '[Sticker]'],
  kind_interactive: ['[卡片]', '[Card]'],
  kind_post: ['[富文本]', '[Post]'],
  kind_other: ['[{kind}]', '[{kind}]'],
  opened_from_task: ['{from} 从任务「{task}」发起了群聊，成员：{to}', '{from} opened this chat from the task “{task}” with {to}'],
  opened_from_task_alone: ['{from} 从任务「{task}」发起了群聊', '{from} opened this chat from the task “{task}”'],
  added_by: ['{actor} 邀请 {users} 加入了群聊', '{actor} added {users}'],
  joined_with: ['{actor} 与 {users} 一起加入了群聊', '{actor} joined with {users}'],
  joined: ['{users} 加入了群聊', '{users} joined'],
  left: ['{users} 退出了群聊', '{users} left'],
  removed_by: ['{actor} 将 {users} 移出了群聊', '{actor} removed {users}'],
  renamed_by: ['{actor} 将群名改为「{name}」', '{actor} renamed the chat to “{name}”'],
  renamed: ['群名改为「{name}」', 'The chat is now called “{name}”'],
  disbanded: ['群聊已解散', 'The chat was dissolved'],
  dissolved_more: ['不能再发消息，历史消息仍可查看。', 'Nothing can be sent any more. What was said can still be read.'],
  you_left: ['你已不在此群聊中', 'You’re no longer in this chat'],
  chat_details: ['任务和成员', 'Task and members'],
  no_task: ['这个群聊没有关联任务。', 'No task belongs to this chat.'],
  members: ['成员', 'Members'],
  members_n: ['成员（{n}）', 'Members ({n})'],
  owner: ['群主', 'Owner'],
  add_people: ['添加成员', 'Add people'],
  add_people_to: ['添加成员到「{name}」', 'Add people to “{name}”'],
  add: ['添加', 'Add'],
  rename: ['修改群名', 'Rename'],
  rename_title: ['修改群名称', 'Rename the chat'],
  save: ['保存', 'Save'],
  name_empty: ['请填写群名称。', 'Write a name.'],
  leave: ['退出群聊', 'Leave'],
  leave_title: ['退出「{name}」？', 'Leave “{name}”?'],
  leave_more: ['你将不再收到消息。其他成员会看到你已退出。', 'You will get no more messages. The others will see that you left.'],

  // account
  my_account: ['我的账号', 'My account'],
  language: ['语言', 'Language'],
  theme: ['外观', 'Appearance'],
  theme_system: ['跟随系统', 'As the system'],
  theme_light: ['浅色', 'Light'],
  theme_dark: ['深色', 'Dark'],
  sessions: ['登录的设备', 'Where you’re signed in'],
  session_current: ['当前设备', 'This device'],
  session_seen: ['最近活动 {time}', 'Last active {time}'],
  session_since: ['登录于 {time}', 'signed in {time}'],
  session_end: ['退出', 'Sign out'],
  session_end_of: ['退出 {device}', 'Sign out {device}'],
  session_ended: ['已退出该设备', 'That device is signed out'],
  unknown_device: ['未知设备', 'Unknown device'],
  device_on: ['{system} 上的 {browser}', '{browser} on {system}'],
  sign_out: ['退出登录', 'Sign out'],

  // refusals, by what was refused
  refused_0: ['连不上服务器。请检查网络后再试。', 'The server can’t be reached. Check your connection and try again.'],
  refused_400: ['有内容填写得不对：{message}', 'Something isn’t right: {message}'],
  refused_401: ['登录已过期，请重新登录。', 'Your session has ended. Please sign in again.'],
  refused_403: ['你没有权限这样做。', 'You’re not allowed to do this.'],
  refused_404: ['它不存在，或者你看不到它。', 'It isn’t there, or you can’t see it.'],
  refused_409: ['现在不能这样做：群聊可能已解散，或已满员。', 'That can’t be done now: the chat may be dissolved or full.'],
  refused_413: ['内容太长了。', 'That is too long.'],
  refused_429: ['操作太频繁，请稍等再试。', 'Too fast. Wait a moment and try again.'],
  refused_500: ['服务器出了点问题，请稍后再试。', 'The server has a problem. Try again in a moment.'],
  refused_503: ['服务器正忙，请稍后再试。', 'The server is busy. Try again in a moment.'],
};

/** The text of a key in the page's language, with {…} filled in. */
export function say(key, values = {}) {
  const [chinese, english] = table[key];
  let text = chinese;
  if (language() === 'en') {
    const forms = english.split('|');
    text = forms.length > 1 && values.n !== 1 ? forms[1] : forms[0];
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is such a text: for keys that are made from what the server says. */
export function canSay(key) {
  return Object.hasOwn(table, key);
}

/** A refusal in a sentence. */
export function sayRefusal(refusal) {
  const { status } = refusal;
  if (status === undefined) {
    console.error(refusal);
    return say('refused_500');
  }
  const key = [`refused_${status}`, status >= 500 ? 'refused_500' : 'refused_400'].find(canSay);
  return say(key, { message: refusal.fields[0]?.description || refusal.message });
}

/** A list of names. */
export function sayList(names) {
  return names.join(say('and'));
}
