/** English: who lost everything and begins anew, and what others see of it. */
export const anewEn = {
  'anew.question': 'Lost that too?',
  'anew.title': 'Begin anew',
  'anew.lead': 'For when your password, your recovery code and all your devices are lost.',
  'anew.warning':
    'What was said so far is gone for you: nobody can open it, not even the host. Those you chat with are told that you have a new account, and groups have to add you again. If one of your devices is still signed in, use it instead: it can link this one.',
  'anew.code': 'Code from the host',
  'anew.code_hint': 'Whoever runs this server makes it for your username. It is good once.',
  'anew.submit': 'Begin anew',
  'anew.refused': 'That code is not for this username, was used, or is too old. Ask the host for another.',
  'anew.have_code': 'Found your code?',
  'notice.begun_anew':
    'The server says that {person} lost their keys and goes on with a new account. Their former devices may be in other hands.',
  'anew_bar.title': '{name} has a new account',
  'anew_bar.text':
    'They do not read here any more. Only the server vouches for the new account: compare your safety number there.',
  'anew_bar.text_verified':
    'They are said to be someone whose safety number you had compared, on a new account. Compare it again before you trust it.',
  'anew_bar.write': 'Write to {name}',
  'accept_bar.title': 'Is this {name}?',
  'accept_bar.text':
    'You had compared safety numbers with the former account of {name}. This is a new one, for which only the server vouches. Until you have compared again, or accept it as it is, you cannot write here, and what you wrote before waits.',
  'accept_bar.accept': 'Accept as it is',
  'accept_bar.compare': 'Compare safety numbers',
  'member.former': 'Former account',
  'member.replace': 'Add their new account',
  'failure.begun-anew': 'Nobody can open that account any more. Write to the new one.',
} as const;
