import type { passkeysEn } from './passkeys-en';

/** العربية: مفاتيح المرور. */
export const passkeysAr: Record<keyof typeof passkeysEn, string> = {
  'passkeys.title': 'مفاتيح المرور',
  'passkeys.explain':
    'يفتح مفتاح المرور حسابك على جهاز جديد بإصبعك أو وجهك أو رمز PIN لجهاز، بدلًا من كلمة المرور.',
  'passkeys.add': 'إضافة مفتاح مرور',
  'passkeys.full': 'يمكن أن تكون خمسة. أزل واحدًا لتضيف آخر.',
  'passkeys.unsupported': 'ليس في هذا المتصفح مفاتيح مرور يمكنها فتح حسابك.',
  'passkeys.unnamed': 'مفتاح مرور بلا اسم',
  'passkeys.add_text': 'يسألك متصفحك بعد هذا أين يحفظه: على هذا الجهاز أو على هاتف أو على مفتاح أمان.',
  'passkeys.add_warning':
    'من يستطيع استخدامه يستطيع قراءة كل ما في حسابك، كما بكلمة المرور. وإن حُفظ في حساب لك لدى Apple أو Google أو غيرهما فأمانه من أمان ذلك الحساب.',
  'passkeys.add_submit': 'إنشاء مفتاح مرور',
  'passkeys.done': 'يفتح مفتاح المرور حسابك من الآن.',
  'passkeys.remove': 'إزالة مفتاح المرور: {name}',
  'passkeys.remove_text': 'لن يفتح حسابك بعد الآن. والأجهزة التي سجّلت الدخول به تبقى كذلك حتى تزيلها.',
  'passkeys.remove_submit': 'إزالة مفتاح المرور',
  'passkeys.removed': 'لم يعد مفتاح المرور يفتح شيئًا.',
  'passkeys.remove_too': 'إن كان أحد مفاتيح مرورك قد وقع معه في أيدٍ خاطئة فأزله أيضًا.',
  'passkeys.sign_in': 'تسجيل الدخول بمفتاح مرور',
  'passkeys.instead': 'استخدام مفتاح مرور بدلًا من ذلك',
  'passkeys.problem_cancelled': 'لم يعطِ متصفحك مفتاح مرور. حاول مجددًا أو استخدم طريقة أخرى.',
  'passkeys.problem_no_prf':
    'لا يمكن استخدام مفتاح المرور هذا هنا: فالمتصفح، أو ما يحفظ المفتاح، لا يصنع مفاتيح للتعمية. لم يتغير شيء.',
  'passkeys.problem_known': 'يوجد مفتاح مرور لهذا الحساب حيث أردت حفظه.',
  'passkeys.problem_failed': 'لا يستخدم متصفحك مفاتيح المرور على هذا العنوان.',
  'passkeys.problem_unknown': 'لا يفتح مفتاح المرور هذا أي حساب هنا. ربما أُزيل.',
  'failure.too-many-passkeys': 'يمكن أن تكون مفاتيح المرور خمسة. أزل واحدًا أولًا.',
};
