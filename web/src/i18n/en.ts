/** English, and the list of all messages. */
import { anewEn } from './anew-en';
import { aroundEn } from './around-en';
import { devicesEn } from './devices-en';
import { lockEn } from './lock-en';
import { mediaEn } from './media-en';
import { messagesEn } from './messages-en';
import { passkeysEn } from './passkeys-en';
import { viewerEn } from './viewer-en';
import { voiceEn } from './voice-en';

export const en = {
  ...anewEn,
  ...aroundEn,
  ...devicesEn,
  ...lockEn,
  ...mediaEn,
  ...messagesEn,
  ...passkeysEn,
  ...viewerEn,
  ...voiceEn,

  'app.name': 'Sealpost',
  'app.title_unread': '({count}) {title}',
  'app.title_page': '{page} · Sealpost',
  'app.title_chat': 'Chat',
  'app.title_join': 'Invite link',

  'broken.title': 'Something broke here',
  'broken.text':
    'Your messages are safe. Reload to go on; if it happens again, tell whoever runs this server.',

  'blocked.insecure_title': 'This address is not secure',
  'blocked.insecure_text':
    'Sealpost needs a secure connection to keep your keys. Open it by https:// or, on the machine it runs on, by http://localhost. If you host it, turn on TLS in its configuration.',
  'blocked.browser_title': 'This browser is too old',
  'blocked.browser_text':
    'Sealpost needs a current version of Chrome, Edge, Firefox or Safari. Update it and come back.',
  'blocked.client_title': 'Sealpost could not start',
  'blocked.client_text':
    'Something in this browser kept it from opening its storage. Close other Sealpost tabs and reload.',

  'entry.promise':
    'End-to-end encrypted and post-quantum. Whoever runs this server cannot read what you write.',

  'field.username': 'Username',
  'field.display_name': 'Name',
  'field.password': 'Password',
  'field.new_password': 'New password',
  'field.invite': 'Invite',
  'field.recovery_code': 'Recovery code',
  'field.group_name': 'Group name',
  'field.show_password': 'Show password',

  'sign_in.title': 'Welcome back',
  'sign_in.lead': 'Sign in to your chats on this device.',
  'sign_in.submit': 'Sign in',
  'sign_in.busy': 'Signing in…',
  'sign_in.no_account': 'New here?',
  'sign_in.to_sign_up': 'Create an account',
  'sign_in.forgotten': 'Forgot your password?',
  'sign_in.to_recover': 'Use your recovery code',

  'sign_up.title': 'Create your account',
  'sign_up.lead': 'A username and a password. No phone number, no e-mail.',
  'sign_up.display_name_hint': 'What others see. You can use any name.',
  'sign_up.username_hint': '3 to 32 letters a to z, digits, _ or . People find you by it.',
  'sign_up.submit': 'Create account',
  'sign_up.busy': 'Making your keys…',
  'sign_up.have_account': 'Have an account?',
  'sign_up.to_sign_in': 'Sign in',

  'recover.title': 'Set a new password',
  'recover.lead':
    'Your recovery code opens your account. All devices are then signed out. Passkeys stay: look at them in the settings.',
  'recover.code_hint': 'Spaces, dashes and capitals do not matter.',
  'recover.submit': 'Set password and sign in',
  'recover.busy': 'Setting it…',
  'recover.remembered': 'Remembered it?',
  'recover.to_sign_in': 'Sign in',

  'password.advice': 'A few words that do not belong together are good and easy to remember.',
  'password.good': 'Good password.',
  'password.very_good': 'Very good password.',
  'password.hint.too_short': 'Too short: use at least 8 characters.',
  'password.hint.common': 'Too common: others use it too. Take something of your own.',
  'password.hint.personal': 'Too close to your name. Take something else.',
  'password.hint.pattern': 'Too easy to guess: dates, repeats and rows of keys are tried first.',
  'password.hint.add_words': 'Not yet: add another word or two.',

  'signed_out.session_ended': 'You were signed out on this device. Sign in again to go on.',
  'signed_out.device_removed':
    'This device was removed from your account by another of your devices. Everything on it was erased.',
  'signed_out.database_damaged':
    'This device’s storage was damaged and has been set aside. Sign in to start afresh; your other devices are not affected.',

  'recovery_code.title': 'Save your recovery code',
  'recovery_code.lead': 'If you forget your password, only this code opens your account again.',
  'recovery_code.label': 'Recovery code: {code}',
  'recovery_code.for': 'Sealpost recovery code for @{username}',
  'recovery_code.copy': 'Copy',
  'recovery_code.copied': 'Copied. Clear your clipboard after you have saved it.',
  'recovery_code.download': 'Download',
  'recovery_code.print': 'Print',
  'recovery_code.warning':
    'Keep it where only you can find it. Nobody can send it to you again, not even the host.',
  'recovery_code.saved': 'I have saved it',
  'recovery_code.later': 'Later',
  'recovery_code.again_title': 'Type it again',
  'recovery_code.again_lead': 'So that we both know it was saved.',
  'recovery_code.confirm': 'Confirm',
  'recovery_code.show_again': 'Show the code again',
  'recovery_code.wrong': 'That is not your code. Compare it with what you saved.',
  'recovery_code.confirmed': 'Your recovery code is saved.',
  'recovery_code.banner_title': 'Save your recovery code',
  'recovery_code.banner_text': 'Needed before your second chat.',

  'nav.back': 'Back to chats',

  'list.label': 'Chats and search',
  'list.chats': 'Chats',
  'list.search': 'Search chats and people',
  'list.clear_search': 'Clear search',
  'list.settings': 'Settings',
  'list.unread': '{count, plural, one {# unread message} other {# unread messages}}',
  'list.draft': 'Draft:',
  'list.preview': '{sender}: {text}',
  'list.joining': 'Getting ready on this device…',
  'list.no_messages': 'No messages yet',
  'list.empty_title': 'No chats yet',
  'list.empty_text': 'Find someone by their username and say hello.',
  'list.empty_action': 'Start a chat',

  'welcome.title': 'Welcome to Sealpost',

  'nothing_open.title': 'Pick a chat',
  'nothing_open.text': 'Or start a new one with the pencil above the list.',

  'people.heading': 'People',
  'people.search': 'Search people',
  'people.search_hint': 'The beginning of a name or username.',
  'people.none': 'Nobody’s name begins with “{prefix}”. Check the spelling, or ask for the username.',
  'people.chosen': 'Chosen people',
  'people.remove': 'Remove {name}',

  'new_chat.title': 'New chat',
  'new_group.title': 'New group',
  'new_group.next': 'Next',
  'new_group.back': 'Back',
  'new_group.name_title': 'Name the group',
  'new_group.name_hint': 'Only members can read it.',
  'new_group.with': 'With {names}.',
  'new_group.create': 'Create group',

  'conversation.details': 'Details of {name}',
  'conversation.encrypted': 'End-to-end encrypted',
  'conversation.group_encrypted': '{count, plural, one {# member} other {# members}}, end-to-end encrypted',
  'conversation.joining': 'This device is being let in. You can write here in a moment.',
  'conversation.ended': 'Nothing can be sent in this chat.',
  'conversation.missing_title': 'This chat is not here',
  'conversation.missing_text': 'It may be on another account, or the link is wrong.',
  'conversation.missing_action': 'Go to your chats',

  'timeline.label': 'Messages with {name}',
  'timeline.empty': 'Nothing here yet. Say hello.',
  'timeline.new_messages': 'New messages',
  'timeline.to_newest': 'Jump to newest',
  'timeline.to_newest_count':
    '{count, plural, one {Jump to newest, # new message} other {Jump to newest, # new messages}}',
  'timeline.unsupported': 'This kind of message cannot be shown here yet. Update Sealpost to see it.',
  'timeline.failed': 'Not sent.',
  'timeline.failed_only_admins': 'Not sent: only admins can write here.',
  'timeline.failed_not_member': 'Not sent: this device is no longer in this chat.',
  'timeline.failed_stopped': 'Not sent: this chat was stopped.',
  'timeline.failed_too_large': 'Not sent: it is too long.',
  'timeline.failed_not_allowed': 'Not sent: you may not write here.',
  'timeline.failed_not_encrypted': 'Not sent: this device could not encrypt it.',
  'timeline.failed_too_old': 'Not sent again by itself: it is not known any more whether it was sent.',
  'timeline.failed_refused': 'Not sent: the server did not take it.',
  'timeline.retry': 'Retry',
  'timeline.delete': 'Delete',

  'notice.created': '{by} started this chat',
  'notice.added': '{by} added {people}',
  'notice.removed': '{by} removed {people}',
  'notice.reset':
    '{by} began this chat anew: what is here stays, and what the server had lost is sent again.',
  'notice.device_joined': 'This device joined. What was written just before may be missing here.',
  'notice.missed': 'This device may have missed what was written here between {from} and {until}.',
  'notice.left': 'This device is no longer in this chat.',
  'notice.unreadable_newer': 'A message needs a newer version of this app.',
  'notice.unreadable_malformed': 'A message could not be read: it makes no sense to this app.',
  'notice.unreadable_undecryptable': 'A message could not be read: it does not fit the keys of this device.',
  'notice.stopped_log': 'Sending is stopped here: the server showed another history than before.',
  'notice.stopped_identity':
    'Sending is stopped here: the identity key of a member is not the one known before.',
  'notice.stopped_device':
    'Sending is stopped here: a device takes part that its owner has on no list of devices.',
  'notice.stopped_begun_anew':
    'Sending is stopped here: this chat was begun anew, which this version of the app cannot follow.',
  'notice.stopped_other_group': 'Sending is stopped here: the server offered the keys of another chat.',
  'notice.stopped_rule': 'Sending is stopped here: a change broke the rules of this chat and was refused.',
  'notice.went_on': 'The server shows another history here now, and the chat goes on with it.',
  'notice.other_log':
    '{person} saw another history of this chat than you. The server may be showing people different things.',
  'notice.other_devices':
    'The server shows you other devices of {person} than their own devices see. Compare your safety number before you trust this chat.',
  'notice.not_done_add': '{people} could not be added',
  'notice.not_done_remove': '{people} could not be removed',
  'notice.not_done_admin_made': '{person} could not be made admin',
  'notice.not_done_admin_unmade': 'Admin could not be taken from {person}',
  'notice.not_done_policy': 'What members may do could not be changed',
  'notice.not_done_name': 'The name could not be changed',
  'notice.not_done_description': 'The description could not be changed',
  'notice.not_done_picture': 'The picture could not be changed',
  'notice.not_done_timer': 'The time after which messages disappear could not be changed',
  'notice.not_done_link': 'The invite link could not be changed',
  'details.waiting_add': 'Being added',
  'details.waiting_remove': 'Being removed',
  'details.waiting_role': 'Waiting to be sent',
  'notice.departed': '{person} left',
  'notice.joined_by_link': '{person} joined by an invite link',
  'notice.renamed': '{by} named this group “{name}”',
  'notice.description_changed': '{by} changed the description',
  'notice.picture_changed': '{by} changed the picture',
  'notice.policy_changed': '{by} changed what members may do',
  'notice.timer_on': '{by} set messages to disappear after {time}',
  'notice.timer_off': '{by} turned off disappearing messages',
  'notice.admins_made': '{by} made {people} admin',
  'notice.admins_unmade': '{by} took admin from {people}',
  'notice.not_added': '{people} could not be added: they choose who may add them',

  'ticks.pending': 'Waiting to be sent',
  'ticks.sent': 'Sent',
  'ticks.delivered': 'Delivered',
  'ticks.read': 'Read',
  'ticks.failed': 'Not sent',

  'composer.label': 'Message {name}',
  'composer.send': 'Send',

  'connection.connecting': 'Connecting…',
  'connection.catching_up': 'Getting new messages…',
  'connection.offline': 'Offline: messages will be sent when you are back.',
  'connection.update_needed': 'There is a new version. Reload to go on.',
  'connection.short.connecting': 'Connecting…',
  'connection.short.catching_up': 'Getting new messages…',
  'connection.short.offline': 'Offline: sent later',
  'connection.short.update_needed': 'Reload for the new version',
  'connection.reload': 'Reload',

  'details.title': 'Details',
  'details.members': '{count, plural, one {# member} other {# members}}',
  'details.people': 'Members',
  'details.encrypted': 'End-to-end encrypted.',
  'details.encrypted_post_quantum':
    'Only the people in this chat can read it, and computers of the future cannot open what is recorded today (post-quantum).',
  'details.encrypted_classic': 'Only the people in this chat can read it.',
  'details.add': 'Add people',
  'details.add_chosen': '{count, plural, =0 {Add} one {Add # person} other {Add # people}}',
  'details.you': 'You',
  'details.admin': 'Admin',

  'settings.title': 'Settings',
  'settings.look': 'Appearance',
  'settings.theme': 'Theme',
  'settings.language': 'Language',
  'settings.system': 'System',
  'settings.light': 'Light',
  'settings.dark': 'Dark',
  'settings.device': 'This device',
  'settings.sign_out': 'Sign out',

  'storage.kept': 'Your messages are kept in this browser, encrypted, until you sign out.',
  'storage.may_be_cleared':
    'Your messages are kept in this browser, encrypted, but it may clear them when space runs out. Installing Sealpost or bookmarking it can help.',
  'storage.unknown':
    'Your messages are kept in this browser, encrypted. It does not say whether it may clear them.',
  'storage.memory':
    'This window keeps nothing: when it is closed, this device is signed out. Private windows of some browsers do this; use a normal window to stay signed in.',
  'storage.ask': 'Ask to keep them',

  'sign_out.explain': 'Signing out erases messages and keys on this device. Your other devices keep theirs.',
  'sign_out.here': 'Sign out here',
  'sign_out.here_title': 'Sign out on this device?',
  'sign_out.here_text': 'All messages and keys on this device are erased.',
  'sign_out.history_kept': 'Your history stays on the server, sealed, and comes back when you sign in again.',
  'sign_out.history_partly':
    'Your history stays on the server, sealed. The newest of it is not there yet: what is on no other device may be lost.',
  'sign_out.history_gone':
    'The server keeps no history of yours: what is on no other device is gone for good.',
  'sign_out.confirm': 'Sign out and erase',

  'dialog.close': 'Close',
  'dialog.cancel': 'Cancel',

  'keys.title': 'Keyboard',
  'keys.search': 'Find chats, people and messages',
  'keys.previous': 'Previous chat',
  'keys.next': 'Next chat',
  'keys.send': 'Send',
  'keys.break': 'New line',
  'keys.close': 'Close',
  'keys.help': 'Show these keys',

  'date.today': 'Today',
  'date.yesterday': 'Yesterday',

  'failure.offline': 'The server cannot be reached. Check your connection and try again.',
  'failure.interrupted': 'The tab that was doing this was closed. Try again.',
  'failure.wrong-credentials': 'That did not match. Check the username and what you typed.',
  'failure.username-taken': 'That username is taken. Try another.',
  'failure.invalid-username': 'Use 3 to 32 of: letters a to z, digits, _ and a dot.',
  'failure.invalid-name': 'Use 1 to 64 characters.',
  'failure.invalid-picture': 'That is not a picture that can be used. Choose a JPEG, PNG or WebP.',
  'failure.guessable-password': 'That password is too easy to guess. Add another word or two.',
  'failure.needs-new-code':
    'Replace your recovery code first: the one you have is of an earlier version and would not stay valid.',
  'failure.wrong-code': 'That is not the recovery code. Compare it with what you saved.',
  'failure.registration-closed':
    'This server is not open to everyone. If you have an invite, enter it below; else ask whoever runs it.',
  'failure.confirm-code-first': 'Save your recovery code first: it is needed before your second chat.',
  'failure.rate-limited':
    '{seconds, plural, one {Too many tries. Wait a second.} other {Too many tries. Wait # seconds.}}',
  'failure.message-too-large': 'The message is too long. Send it in parts.',
  'failure.too-large': 'That is too large. Send less at once.',
  'failure.not-found': 'That is not there any more.',
  'failure.signed-out': 'You are signed out. Sign in again.',
  'failure.devices-changed': 'Your devices have just changed. Look at the list again, then try once more.',
  'failure.device-revoked': 'This device was removed from your account. Sign in again to use it.',
  'failure.not-allowed': 'You may not do that here. Ask an admin of the chat.',
  'failure.storage': 'This device could not save that. Free some space and try again.',
  'failure.unavailable': 'The server is busy or out of order. Try again in a moment.',
  'failure.internal': 'Something went wrong. Try again; if it stays, reload the page.',
} as const;
