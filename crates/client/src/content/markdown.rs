//! Texts as they are shown: light Markdown into blocks that views draw without reading them. What Markdown would hide
//! (images, HTML, definitions of links, links to anywhere but the web) is shown as it was typed.
//!
//! Depth is bounded, and time is linear in the text whatever it is.

use std::{borrow::Cow, ops::Range};

use linkify::LinkFinder;
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    kind::without_bidi_controls,
    links::{self, Piece},
    mention,
};
use crate::snapshot::{Block, Person, Span};

/// Quotations and lists in each other deeper than this are shown beside each other.
const DEPTH_MAX: usize = 8;
/// How often definitions of links are looked for behind others before the text is shown as it is.
const ROUNDS: usize = 4;

/// The parser of every text: CommonMark and struck-through text, nothing else.
pub(super) fn parser(source: &str) -> Parser<'_> {
    Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH)
}

/// A text as it is shown. `mentioned` are the people whom it mentions.
pub fn blocks(text: &str, mentioned: &[Person]) -> Vec<Block> {
    let text = without_bidi_controls(text);
    let Some(source) = without_definitions(&text) else { return Builder::plain(&text, mentioned) };
    let source = with_whole_addresses(&source);
    let mut builder = Builder::new(&source, mentioned);
    for (event, range) in parser(&source).into_offset_iter() {
        builder.take(event, range);
    }
    builder.finish()
}

/// Puts a backslash before each of `places`.
fn escape(source: &str, mut places: Vec<usize>) -> String {
    places.sort_unstable();
    places.dedup();
    let (mut escaped, mut done) = (String::with_capacity(source.len() + places.len()), 0);
    for place in places {
        escaped.push_str(source.get(done..place).unwrap_or_default());
        escaped.push('\\');
        done = place;
    }
    escaped.push_str(source.get(done..).unwrap_or_default());
    escaped
}

/// Definitions of links (`[a]: b`) are shown nowhere: here they become text. Nothing if there seems to be no end of them.
fn without_definitions(text: &str) -> Option<Cow<'_, str>> {
    let mut source = Cow::Borrowed(text);
    if !text.contains("]:") {
        return Some(source);
    }
    for _ in 0..ROUNDS {
        let parsed = parser(&source);
        let places: Vec<_> = parsed.reference_definitions().iter().map(|(_, found)| found.span.start).collect();
        if places.is_empty() {
            return Some(source);
        }
        source = Cow::Owned(escape(&source, places));
    }
    None
}

/// Addresses may hold what Markdown takes for emphasis: there it means itself.
pub(super) fn with_whole_addresses(source: &str) -> Cow<'_, str> {
    const MARKS: [char; 3] = ['*', '_', '~'];
    if !source.contains("://") || !source.contains(MARKS) {
        return Cow::Borrowed(source);
    }
    let addresses = LinkFinder::new().links(source).map(|link| link.start()..link.end()).peekable();
    let taken: Vec<Range<usize>> = parser(source)
        .into_offset_iter()
        .filter(|(event, _)| {
            matches!(
                event,
                Event::Code(_)
                    | Event::Html(_)
                    | Event::InlineHtml(_)
                    | Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. })
            )
        })
        .map(|(_, range)| range)
        .collect();
    let (mut places, mut taken, mut taken_to) = (Vec::new(), taken.into_iter().peekable(), 0);
    for address in addresses {
        while let Some(range) = taken.next_if(|range| range.start <= address.start) {
            taken_to = range.end.max(taken_to);
        }
        let inside = address.start < taken_to || taken.peek().is_some_and(|range| range.start < address.end);
        let text = source.get(address.clone()).unwrap_or_default().trim_end_matches(MARKS);
        if !inside {
            places.extend(text.match_indices(MARKS).map(|(at, _)| address.start + at));
        }
    }
    if places.is_empty() { Cow::Borrowed(source) } else { Cow::Owned(escape(source, places)) }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: u32,
    italic: u32,
    strike: u32,
}

enum Container {
    Quotation,
    List {
        start: Option<u32>,
        items: Vec<Vec<Block>>,
    },
    Item,
    /// Too deep to be one of its own.
    Flat,
}

struct Open {
    container: Container,
    blocks: Vec<Block>,
}

/// A block of code that is open, and what stands behind the mark that opened it.
struct Code {
    info: String,
    text: String,
}

impl Code {
    /// A word in small letters names the language of the code that follows; anything else was meant to be read.
    fn shown(self) -> String {
        let Self { info, text } = self;
        let names_language =
            !text.is_empty() && info.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '#' | '+' | '-' | '.'));
        if info.is_empty() || names_language { text } else { format!("{info}\n{text}") }
    }
}

/// Builds blocks from the parser's events. Open containers are a list, not calls, so depth costs no stack.
struct Builder<'a> {
    source: &'a str,
    mentioned: &'a [Person],
    blocks: Vec<Block>,
    open: Vec<Open>,
    spans: Vec<Span>,
    /// Text of one style that is still to be looked through for addresses and mentions.
    text: String,
    style: Style,
    /// The link that is open: its address, and where its spans begin.
    link: Option<(String, usize)>,
    code: Option<Code>,
    /// Inside of what is shown as it was typed: how many ends are to come.
    skipping: usize,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str, mentioned: &'a [Person]) -> Self {
        Self {
            source,
            mentioned,
            blocks: Vec::new(),
            open: Vec::new(),
            spans: Vec::new(),
            text: String::new(),
            style: Style::default(),
            link: None,
            code: None,
            skipping: 0,
        }
    }

    fn plain(text: &'a str, mentioned: &'a [Person]) -> Vec<Block> {
        let mut builder = Builder::new(text, mentioned);
        builder.text.push_str(text);
        builder.finish()
    }

    fn finish(mut self) -> Vec<Block> {
        self.close_paragraph();
        while !self.open.is_empty() {
            self.close_container();
        }
        self.blocks
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.skipping > 0 {
            match event {
                Event::Start(_) => self.skipping += 1,
                Event::End(_) => self.skipping -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Code(code) => {
                self.close_text();
                self.push(Span { code: true, ..self.span(without_bidi_controls(&code)) });
            }
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => match &mut self.code {
                Some(code) => code.text.push_str(&text),
                None => self.text.push_str(&text),
            },
            Event::Rule => {
                self.close_paragraph();
                self.text.push_str(self.source.get(range).unwrap_or_default().trim());
                self.close_paragraph();
            }
            // Not asked of the parser.
            _ => self.text.push_str(self.source.get(range).unwrap_or_default()),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                self.close_text();
                *self.style_of(&tag.to_end()) += 1;
            }
            Tag::Link { link_type, dest_url, .. } => {
                let address = match link_type {
                    LinkType::Email => format!("mailto:{dest_url}"),
                    _ => dest_url.into_string(),
                };
                if links::allowed(&address) || mention::account_of(&address).is_some() {
                    self.close_text();
                    self.link = Some((address, self.spans.len()));
                } else {
                    self.as_typed(range);
                }
            }
            Tag::Image { .. } => self.as_typed(range),
            Tag::BlockQuote(_) => self.open_container(Container::Quotation),
            Tag::List(start) => {
                let start = start.map(|start| u32::try_from(start).unwrap_or(u32::MAX));
                self.open_container(Container::List { start, items: Vec::new() });
            }
            Tag::Item => self.open_container(Container::Item),
            Tag::CodeBlock(kind) => {
                self.close_paragraph();
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some(Code { info, text: String::new() });
            }
            Tag::Heading { .. } => {
                self.close_paragraph();
                self.style.bold += 1;
            }
            _ => self.close_paragraph(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.close_text();
                let depth = self.style_of(&tag);
                *depth = depth.saturating_sub(1);
            }
            TagEnd::Link => self.close_link(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.close_paragraph();
                self.close_container();
            }
            TagEnd::CodeBlock => {
                let text = self.code.take().map(Code::shown).unwrap_or_default();
                let text = without_bidi_controls(text.strip_suffix('\n').unwrap_or(&text));
                self.push_block(Block::Code { text });
            }
            TagEnd::Heading(_) => {
                self.close_paragraph();
                self.style.bold = self.style.bold.saturating_sub(1);
            }
            _ => self.close_paragraph(),
        }
    }

    fn style_of(&mut self, tag: &TagEnd) -> &mut u32 {
        match tag {
            TagEnd::Strong => &mut self.style.bold,
            TagEnd::Emphasis => &mut self.style.italic,
            _ => &mut self.style.strike,
        }
    }

    fn as_typed(&mut self, range: Range<usize>) {
        self.text.push_str(self.source.get(range).unwrap_or_default());
        self.skipping = 1;
    }

    fn span(&self, text: String) -> Span {
        Span {
            text,
            bold: self.style.bold > 0,
            italic: self.style.italic > 0,
            strike: self.style.strike > 0,
            code: false,
            link: None,
            mention: None,
        }
    }

    /// Adds a span, or its text to the one before if they look the same.
    fn push(&mut self, span: Span) {
        let first = self.link.as_ref().map_or(0, |(_, first)| *first);
        if span.text.is_empty() {
            return;
        }
        if self.spans.len() > first
            && let Some(last) = self.spans.last_mut()
            && span.mention.is_none()
            && (Span { text: String::new(), ..last.clone() }) == (Span { text: String::new(), ..span.clone() })
        {
            last.text.push_str(&span.text);
            return;
        }
        self.spans.push(span);
    }

    fn close_text(&mut self) {
        let text = without_bidi_controls(&std::mem::take(&mut self.text));
        if text.is_empty() {
            return;
        }
        if self.link.is_some() {
            return self.push(self.span(text));
        }
        for Piece { text, link } in links::pieces(&text) {
            match link {
                Some(_) => self.push(Span { link, ..self.span(text.to_owned()) }),
                None => self.push_mentions(text),
            }
        }
    }

    fn push_mentions(&mut self, text: &str) {
        let mut done = 0;
        for (range, person) in mention::names(text, self.mentioned) {
            self.push(self.span(text.get(done..range.start).unwrap_or_default().to_owned()));
            self.push(self.mention(person));
            done = range.end;
        }
        self.push(self.span(text.get(done..).unwrap_or_default().to_owned()));
    }

    fn mention(&self, person: &Person) -> Span {
        let name = if person.display_name.is_empty() { &person.username } else { &person.display_name };
        let text = format!("@{}", without_bidi_controls(name));
        Span { mention: Some(person.clone()), ..self.span(text) }
    }

    fn close_link(&mut self) {
        self.close_text();
        let Some((address, first)) = self.link.take() else { return };
        if let Some(account) = mention::account_of(&address) {
            let person = self.mentioned.iter().find(|person| person.account == account);
            if let Some(person) = person {
                self.spans.truncate(first);
                self.spans.push(self.mention(person));
            }
            return;
        }
        let said: String = self.spans.iter().skip(first).map(|span| span.text.as_str()).collect();
        if said.trim().is_empty() {
            self.spans.push(self.span(address.clone()));
        } else if links::misleads(&said, &address) {
            self.spans.push(self.span(format!(" ({address})")));
        }
        self.spans.iter_mut().skip(first).for_each(|span| span.link = Some(address.clone()));
    }

    fn close_paragraph(&mut self) {
        if self.link.is_some() {
            self.close_link();
        }
        self.close_text();
        let mut spans = std::mem::take(&mut self.spans);
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end_matches('\n').len());
        }
        spans.retain(|span| !span.text.is_empty());
        if !spans.is_empty() {
            self.push_block(Block::Paragraph { spans });
        }
    }

    fn push_block(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(open) => open.blocks.push(block),
            None => self.blocks.push(block),
        }
    }

    fn open_container(&mut self, container: Container) {
        self.close_paragraph();
        // An item follows its list.
        let flat_list =
            matches!((&container, self.open.last()), (Container::Item, Some(Open { container: Container::Flat, .. })));
        let deep = self.open.len() >= DEPTH_MAX && !matches!(container, Container::Item);
        let container = if deep || flat_list { Container::Flat } else { container };
        self.open.push(Open { container, blocks: Vec::new() });
    }

    fn close_container(&mut self) {
        let Some(Open { container, mut blocks }) = self.open.pop() else { return };
        match container {
            Container::Quotation => self.push_block(Block::Quotation { blocks }),
            Container::List { start, items } => self.push_block(Block::List { start, items }),
            Container::Item => match self.open.last_mut() {
                Some(Open { container: Container::List { items, .. }, .. }) => items.push(blocks),
                Some(open) => open.blocks.append(&mut blocks),
                None => self.blocks.append(&mut blocks),
            },
            Container::Flat => {
                let above = self.open.last_mut().map_or(&mut self.blocks, |open| &mut open.blocks);
                if above.is_empty() {
                    *above = blocks;
                } else {
                    above.append(&mut blocks);
                }
            }
        }
    }
}
