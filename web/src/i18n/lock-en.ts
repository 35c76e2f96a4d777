/** English: the lock of this device. */
export const lockEn = {
  'lock.section': 'App lock',
  'lock.explain':
    'With a PIN or passphrase nobody who sits down here opens Sealpost without it. It is asked for when the app starts and when it has locked.',
  'lock.memory': 'There is nothing to lock: this browser keeps nothing once the page is closed.',
  'lock.set': 'Set a PIN',
  'lock.change': 'Change PIN',
  'lock.remove': 'Remove PIN',
  'lock.set_done': 'The PIN is set.',
  'lock.change_done': 'The PIN is changed.',
  'lock.remove_done': 'The PIN is removed.',
  'lock.set_explain':
    'It is for this device alone. Nobody can tell it to you: if you forget it, this device has to be erased before you can sign in here again.',
  'lock.remove_explain': 'After that anybody who uses this browser can open Sealpost.',
  'lock.present': 'Present PIN or passphrase',
  'lock.new': 'New PIN or passphrase',
  'lock.new_hint':
    'At least 6 digits or characters. Six digits hold off someone at this device; a few odd words also someone who copies its files.',
  'lock.again': 'The same once more',
  'lock.differ': 'These two differ. Type the same twice.',
  'lock.after': 'Lock by itself when not used for',
  'lock.never': 'Never, only when it is closed',
  'lock.minutes': '{minutes, plural, one {1 minute} other {# minutes}}',
  'lock.now': 'Lock now',

  'lock.title': 'Locked',
  'lock.lead': 'Your chats on this device are locked.',
  'lock.pin': 'PIN or passphrase',
  'lock.open': 'Unlock',
  'lock.opening': 'Unlocking…',
  'lock.wait':
    '{seconds, plural, one {Too many wrong tries. You can try again in a second.} other {Too many wrong tries. You can try again in # seconds.}}',
  'lock.forgotten': 'Forgot it?',
  'lock.erase': 'Erase this device',
  'lock.erase_title': 'Erase this device?',
  'lock.erase_text':
    'All messages and keys on this device are erased. Then you can sign in or link it again, and your history comes back if you keep it on the server.',
  'lock.erase_after': 'It stays in your list of devices until you remove it there.',

  'failure.wrong-pin': 'That is not it. Try again.',
  'failure.pin-too-short': 'Use at least 6 digits or characters.',
} as const;
