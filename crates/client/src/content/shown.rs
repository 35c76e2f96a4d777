//! What texts look like: light Markdown, and that nothing of a text is hidden, lost or slow whatever it is.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sealpost_protocol::AccountId;

use super::markdown::blocks;
use crate::snapshot::{Block, Person, Span};

/// Blocks in one line each way: paragraphs in `p()`, quotations in `q()`, lists in `l()` and code in `c()`; spans with the marks of
/// their style.
fn drawn(blocks: &[Block]) -> String {
    let one = |block: &Block| match block {
        Block::Paragraph { spans } => format!("p({})", spans.iter().map(span).collect::<String>()),
        Block::Quotation { blocks } => format!("q({})", drawn(blocks)),
        Block::List { start, items } => {
            let items: Vec<_> = items.iter().map(|item| drawn(item)).collect();
            format!("l{}({})", start.map_or(String::new(), |start| start.to_string()), items.join("|"))
        }
        Block::Code { text } => format!("c({text})"),
    };
    blocks.iter().map(one).collect()
}

fn span(span: &Span) -> String {
    let mut text = span.text.clone();
    for (is, mark) in [(span.code, "`"), (span.strike, "~"), (span.italic, "_"), (span.bold, "*")] {
        if is {
            text = format!("{mark}{text}{mark}");
        }
    }
    match (&span.link, &span.mention) {
        (Some(link), _) => format!("<{text}→{link}>"),
        (_, Some(person)) => format!("<{text}@{}>", person.username),
        _ => text,
    }
}

fn shown(text: &str) -> String {
    drawn(&blocks(text, &[]))
}

#[test]
fn light_markdown_is_shown() {
    assert_eq!(shown("a **b** _c_ ~~d~~ `e_f_`"), "p(a *b* _c_ ~d~ `e_f_`)");
    assert_eq!(shown("one\ntwo\n\nthree"), "p(one\ntwo)p(three)");
    assert_eq!(shown("> hi\n> **there**"), "q(p(hi\n*there*))");
    assert_eq!(shown("3. a\n4. b\n   - c"), "l3(p(a)|p(b)l(p(c)))");
    assert_eq!(shown("```rust\nlet a;\n```"), "c(let a;)");
    assert_eq!(shown("# Title\ntext"), "p(*Title*)p(text)");
    assert_eq!(shown("***"), "p(***)");
    assert_eq!(shown("1 < 2 & snake_case_name * 3"), "p(1 < 2 & snake_case_name * 3)");
}

#[test]
fn addresses_become_links_whole() {
    assert_eq!(
        shown("see https://a.example/_x_*y*z."),
        "p(see <https://a.example/_x_*y*z→https://a.example/_x_*y*z>.)"
    );
    assert_eq!(shown("**https://a.example/b**"), "p(<*https://a.example/b*→https://a.example/b>)");
    assert_eq!(shown("`https://a.example/_x_`"), "p(`https://a.example/_x_`)");
    assert_eq!(shown("[here](https://a.example/_x_)"), "p(<here→https://a.example/_x_>)");
    assert_eq!(shown("<me@a.example>"), "p(<me@a.example→mailto:me@a.example>)");
    assert_eq!(shown("_(https://a.example)_"), "p(_(_<_https://a.example_→https://a.example>_)_)");
}

#[test]
fn a_link_cannot_look_like_another() {
    let both = "p(<https://bank.example→https://evil.example/>< (https://evil.example/)→https://evil.example/>)";
    assert_eq!(shown("[https://bank.example](https://evil.example/)"), both);
    assert_eq!(shown("[x](javascript:alert(1))"), "p([x](javascript:alert(1)))");
    assert_eq!(shown("[](https://a.example)"), "p(<https://a.example→https://a.example>)");
    assert_eq!(shown("[x](https://bank.example@evil.example)"), "p([x](https://bank.example@evil.example))");
}

#[test]
fn what_markdown_hides_is_shown_as_it_was_typed() {
    assert_eq!(shown("<b>a</b>"), "p(<b>a</b>)");
    assert_eq!(shown("<script>alert(1)</script>"), "p(<script>alert(1)</script>)");
    assert_eq!(
        shown("![cat](https://a.example/c.png)"),
        "p(![cat](<https://a.example/c.png→https://a.example/c.png>))"
    );
    assert_eq!(shown("[a]: b"), "p([a]: b)");
    assert_eq!(shown("[a]: b\n\n[a]: c\n\n[a]"), "p([a]: b)p([a]: c)p([a])");
    assert_eq!(shown("```two words\nx\n```"), "c(two words\nx)");
    assert_eq!(shown("```Rust\nx\n```"), "c(Rust\nx)");
    assert_eq!(shown("```hello"), "c(hello)");
    assert_eq!(shown("a\u{202E}b&#x202E;c"), "p(abc)");
}

#[test]
fn mentions_are_people() {
    let account = AccountId([1; 16]);
    let alice = Person { account, username: "alice".to_owned(), display_name: "Alice S.".to_owned(), picture: None };
    let shown = |text: &str| drawn(&blocks(text, std::slice::from_ref(&alice)));
    assert_eq!(shown("hi **@alice**, `@alice`"), "p(hi <*@Alice S.*@alice>, `@alice`)");
    let unknown = format!("hi [@Al]({})", super::account_uri(account));
    assert_eq!(shown(&unknown), "p(hi <@Alice S.@alice>)");
    assert_eq!(drawn(&blocks(&unknown, &[])), "p(hi @Al)");
}

fn depth(blocks: &[Block]) -> usize {
    let of = |block: &Block| match block {
        Block::Quotation { blocks } => 1 + depth(blocks),
        Block::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
        _ => 0,
    };
    blocks.iter().map(of).max().unwrap_or(0)
}

#[test]
fn malicious_texts_take_little_time_and_depth() {
    let fill = |part: &str| part.repeat(64 * 1024 / part.len());
    let texts = [
        fill("> "),
        fill("- "),
        fill("*"),
        fill("_a"),
        fill("["),
        fill("[a]("),
        fill("]("),
        fill("`a``"),
        fill("<"),
        fill("~~a~"),
        fill("[a]: b\n\n"),
        fill("![a]("),
        fill("**a "),
        fill("@"),
        fill("@a.."),
        fill("http://a_"),
        fill("a@"),
        fill("1.1.1."),
        fill("&#x202e;"),
        fill("> - "),
        fill("<!--"),
        fill("\\"),
        fill("| a "),
        fill("<a "),
        fill("*a_ "),
        fill("http://_a_ `"),
        format!("{}\n{}", "> ".repeat(1000), fill("> a\n\n")),
        fill("- a\n  "),
        fill("[[a]]: "),
        fill("a\n=\n"),
        fill("<a@a.b>"),
    ];
    for text in texts {
        let begun = Instant::now();
        let shown = blocks(&text, &[]);
        let beginning: String = text.chars().take(12).collect();
        assert!(begun.elapsed() < Duration::from_secs(2), "{beginning:?} takes {:?}", begun.elapsed());
        assert!(depth(&shown) <= 10, "{beginning:?}");
    }
}

fn said(blocks: &[Block]) -> String {
    let spans = |spans: &[Span]| {
        let one = |span: &Span| format!("{}{}", span.text, span.link.as_deref().unwrap_or_default());
        spans.iter().map(one).collect::<String>()
    };
    let one = |block: &Block| match block {
        Block::Paragraph { spans: all } => spans(all),
        Block::Quotation { blocks } => said(blocks),
        Block::List { items, .. } => items.iter().map(|item| said(item)).collect(),
        Block::Code { text } => text.clone(),
    };
    blocks.iter().map(one).collect()
}

/// What is left of a text when everything that Markdown might take for a mark is gone: letters that no mark, entity,
/// language or title has.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_uppercase() || ('α'..='ω').contains(c)).collect()
}

proptest! {
    #[test]
    fn any_text_is_shown(text in "\\PC*") {
        let _ = blocks(&text, &[]);
    }

    #[test]
    fn the_words_of_a_text_are_kept(
        parts in prop::collection::vec(
            prop_oneof![
                "[A-Z]{1,4}", "[α-ω]{1,3}",
                prop::sample::select(vec![
                    " ", "\n", "\n\n", "*", "**", "_", "~~", "`", "```\n", "> ", "- ", "1. ", "# ", "[", "]", "(", ")", "]: ", "<", ">",
                    "~~~~", "<b>", "!", "\\", "    ", "---\n", "@", "://", ".", "&", "|", "\t", "=",
                ]).prop_map(str::to_owned),
            ],
            0..40,
        ),
    ) {
        let text: String = parts.concat();
        let shown = said(&blocks(&text, &[]));
        // A link's address follows its text, so letters may come twice but none is missing.
        let mut left = shown.chars();
        for letter in letters(&text).chars() {
            prop_assert!(left.any(|c| c == letter), "{text:?} is shown as {shown:?}");
        }
    }
}
