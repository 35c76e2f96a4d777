//! The beginning of a text where there is room for one line: in lists and quotes.

use pulldown_cmark::{Event, TagEnd};

use super::{
    kind::without_bidi_controls,
    markdown::{parser, with_whole_addresses},
};

/// The first line of a text as it is shown, without its marks, at most `most` characters long. Who is mentioned stands
/// there by name.
pub fn first_line(text: &str, most: usize) -> String {
    let text = without_bidi_controls(text);
    let mut plain = String::new();
    for event in parser(&with_whole_addresses(&text)) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                plain.push_str(&text)
            }
            Event::SoftBreak | Event::HardBreak => plain.push('\n'),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock) => plain.push('\n'),
            _ => {}
        }
        if plain.trim_start().contains('\n') {
            break;
        }
    }
    // Nothing but marks is shown as it was typed.
    let shown = if plain.trim().is_empty() { &text } else { &plain };
    shown.trim().lines().next().unwrap_or_default().trim_end().chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_left_out_and_names_stay() {
        for (text, shown) in [
            ("And **mind** the step, it is `wet`", "And mind the step, it is wet"),
            ("Thanks, [@Ruth](sealpost:u/AAAAAAAAAAAAAAAAAAAAAA)!", "Thanks, @Ruth!"),
            ("- bread\n- wine", "bread"),
            ("\n\n> quoted\n\nanswer", "quoted"),
            ("```\nlet x = 1;\n```", "let x = 1;"),
            ("one *line*\nanother", "one line"),
            ("a <b>bold</b> one", "a <b>bold</b> one"),
            ("https://example.org/a*b*c", "https://example.org/a*b*c"),
            ("---", "---"),
            ("", ""),
        ] {
            assert_eq!(first_line(text, 120), shown, "{text:?}");
        }
        assert_eq!(first_line("ééééé", 3), "ééé");
        assert_eq!(first_line("left\u{202E}right", 120), "leftright");
    }
}
