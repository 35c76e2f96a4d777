import type { voiceEn } from './voice-en';

/** العربية: تسجيل الرسائل الصوتية وتشغيلها. */
export const voiceAr: Record<keyof typeof voiceEn, string> = {
  'voice.message': 'رسالة صوتية من {name}',
  'voice.play': 'تشغيل',
  'voice.pause': 'إيقاف مؤقت',
  'voice.position': 'الموضع',
  'voice.position_of': '{at} من {length}',
  'voice.speed': 'السرعة {speed}. تغيير',
  'voice.gone': 'لم تعد متاحة',
  'voice.failed': 'لا يمكن تشغيلها الآن. حاول مجددًا.',

  'voice.recorder': 'رسالة صوتية',
  'voice.asking': 'اسمح باستخدام الميكروفون…',
  'voice.recording': 'جارٍ التسجيل',
  'voice.paused': 'التسجيل متوقف مؤقتًا',
  'voice.ended': 'انتهى التسجيل. ما زال بإمكانك إرساله.',
  'voice.longest': 'أقصى مدة للرسالة الصوتية ساعة. يمكنك إرسال هذه.',
  'voice.pause_recording': 'إيقاف التسجيل مؤقتًا',
  'voice.resume': 'متابعة التسجيل',
  'voice.discard': 'تجاهل التسجيل',
  'voice.send': 'إرسال الرسالة الصوتية',
  'voice.retry': 'المحاولة مجددًا',
  'voice.close': 'إغلاق',
  'voice.denied': 'لا يُسمح لـ Sealpost باستخدام الميكروفون. اسمح بذلك في متصفحك بجانب عنوان هذه الصفحة.',
  'voice.missing': 'لم يُعثر على ميكروفون. وصّل واحدًا وحاول مجددًا.',
  'voice.busy': 'لا يمكن استخدام الميكروفون: ربما يستخدمه برنامج آخر. أغلقه وحاول مجددًا.',
  'voice.unsupported': 'لا يستطيع هذا المتصفح التسجيل. حدّثه أو أرسل ملفًا صوتيًا.',
  'voice.lost': 'لا يمكن قراءة التسجيل. سجّله مرة أخرى.',
};
