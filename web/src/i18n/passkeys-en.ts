/** English: passkeys. */
export const passkeysEn = {
  'passkeys.title': 'Passkeys',
  'passkeys.explain':
    'A passkey opens your account on a new device with your finger, your face or the PIN of a device, in place of the password.',
  'passkeys.add': 'Add a passkey',
  'passkeys.full': 'There may be five. Remove one to add another.',
  'passkeys.unsupported': 'This browser has no passkeys that could open your account.',
  'passkeys.unnamed': 'Unnamed passkey',
  'passkeys.add_text':
    'Your browser asks next where to keep it: on this device, on a phone or on a security key.',
  'passkeys.add_warning':
    'Whoever can use it can read everything in your account, as with the password. If it is kept in an account of yours with Apple, Google or another, it is as safe as that account.',
  'passkeys.add_submit': 'Make a passkey',
  'passkeys.done': 'Your passkey opens your account from now on.',
  'passkeys.remove': 'Remove passkey: {name}',
  'passkeys.remove_text':
    'It opens your account no longer. Devices that signed in with it stay signed in until you remove them.',
  'passkeys.remove_submit': 'Remove passkey',
  'passkeys.removed': 'The passkey opens nothing any more.',
  'passkeys.remove_too': 'If one of your passkeys may be in wrong hands with it, remove that too.',
  'passkeys.sign_in': 'Sign in with a passkey',
  'passkeys.instead': 'Use a passkey instead',
  'passkeys.problem_cancelled': 'Your browser gave no passkey. Try again, or use another way.',
  'passkeys.problem_no_prf':
    'This passkey cannot be used here: the browser, or what keeps the passkey, makes no keys for encryption. Nothing was changed.',
  'passkeys.problem_known': 'There is a passkey of this account already where you wanted to keep it.',
  'passkeys.problem_failed': 'Your browser does not use passkeys at this address.',
  'passkeys.problem_unknown': 'This passkey opens no account here. It may have been removed.',
  'failure.too-many-passkeys': 'There may be five passkeys. Remove one first.',
} as const;
