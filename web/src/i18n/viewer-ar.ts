import type { viewerEn } from './viewer-en';

/** العربية: مشاهدة الصور والمقاطع. */
export const viewerAr: Record<keyof typeof viewerEn, string> = {
  'viewer.label': 'صور ومقاطع من {name}',
  'viewer.photo': 'صورة من {name}',
  'viewer.video': 'مقطع من {name}',
  'viewer.place': '{number} من {count}',
  'viewer.previous': 'السابق',
  'viewer.next': 'التالي',
  'viewer.enlarge': 'تكبير',
  'viewer.whole': 'عرض كامل',
  'viewer.move': 'أسهم لوحة المفاتيح تحرّك الصورة المكبّرة',
  'viewer.download': 'تنزيل',
  'viewer.loading': 'جارٍ التحميل',
  'viewer.gone': 'لم يعد هذا متاحًا.',
  'viewer.failed': 'لا يمكن تحميل هذا الآن. ستُعاد المحاولة عند اتصالك.',
  'viewer.unplayable': 'لا يستطيع هذا المتصفح تشغيل هذا المقطع. نزّله لمشاهدته.',
};
