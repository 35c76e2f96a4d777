//! Mentions: `@username` as it is typed and shown, `[@Name](account URI)` as it travels.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use sealpost_protocol::AccountId;

use super::{account_uri, kind::without_bidi_controls, markdown::parser};
use crate::snapshot::Person;

/// Most people whom one message mentions.
pub const MENTIONS_MAX: usize = 100;

/// The account that an account URI names.
pub fn account_of(uri: &str) -> Option<AccountId> {
    let account: AccountId = uri.strip_prefix("sealpost:u/")?.parse().ok()?;
    (account_uri(account) == uri).then_some(account)
}

fn is_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.')
}

/// Where a plain text names one of `people` as `@username`, with whom.
pub(super) fn names<'p>(text: &str, people: &'p [Person]) -> Vec<(Range<usize>, &'p Person)> {
    let mut found = Vec::new();
    if people.is_empty() {
        return found;
    }
    for (at, _) in text.match_indices('@') {
        // An address has something before it.
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '/')) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let typed = rest.get(..rest.find(|c: char| !is_name(c.to_ascii_lowercase())).unwrap_or(rest.len()));
        // What ends a sentence may be part of a name, or not.
        let mut name = typed.unwrap_or_default();
        while !name.is_empty() {
            if let Some(person) = people.iter().find(|person| person.username.eq_ignore_ascii_case(name)) {
                found.push((at..at + 1 + name.len(), person));
                break;
            }
            match name.strip_suffix(['.', '_']) {
                Some(shorter) => name = shorter,
                None => break,
            }
        }
    }
    found
}

/// Where a Markdown text has plain text: neither code nor inside of links, pictures or HTML.
fn plain_text(source: &str) -> Vec<Range<usize>> {
    let (mut ranges, mut inside): (Vec<Range<usize>>, u32) = (Vec::new(), 0);
    for (event, range) in parser(source).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => inside += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => inside = inside.saturating_sub(1),
            Event::Text(_) if inside == 0 => match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            },
            _ => {}
        }
    }
    ranges
}

/// The text as it travels, and whom it mentions.
pub fn to_wire(text: &str, members: &[Person]) -> (String, Vec<AccountId>) {
    if !text.contains('@') {
        return (text.to_owned(), Vec::new());
    }
    let (mut wire, mut mentioned, mut done) = (String::new(), Vec::new(), 0);
    for range in plain_text(text) {
        let plain = text.get(range.clone()).unwrap_or_default();
        for (at, person) in names(plain, members) {
            if mentioned.len() >= MENTIONS_MAX {
                break;
            }
            wire.push_str(text.get(done..range.start + at.start).unwrap_or_default());
            wire.push_str(&format!("[@{}]({})", escaped(person), account_uri(person.account)));
            done = range.start + at.end;
            mentioned.push(person.account);
        }
    }
    wire.push_str(text.get(done..).unwrap_or_default());
    mentioned.sort_unstable();
    mentioned.dedup();
    (wire, mentioned)
}

/// A name as the text of a link.
fn escaped(person: &Person) -> String {
    let name = if person.display_name.is_empty() { &person.username } else { &person.display_name };
    let mut escaped = String::new();
    for c in without_bidi_controls(name).chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Whom a text that travelled mentions.
pub fn mentioned(wire: &str) -> Vec<AccountId> {
    let mut accounts: Vec<_> = links(wire).into_iter().map(|(_, account)| account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The text as it is shown: mentions of `people` by their usernames. Those of others stay as they travelled.
pub fn from_wire(wire: &str, people: &[Person]) -> String {
    let (mut text, mut done) = (String::new(), 0);
    for (range, account) in links(wire) {
        let known = people.iter().find(|person| person.account == account && !person.username.is_empty());
        let Some(person) = known else { continue };
        text.push_str(wire.get(done..range.start).unwrap_or_default());
        text.push('@');
        text.push_str(&person.username);
        done = range.end;
    }
    text.push_str(wire.get(done..).unwrap_or_default());
    text
}

/// Where a text has mention links, and of whom.
fn links(wire: &str) -> Vec<(Range<usize>, AccountId)> {
    if !wire.contains("](sealpost:u/") {
        return Vec::new();
    }
    let found = parser(wire).into_offset_iter().filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some((range, account_of(&dest_url)?)),
        _ => None,
    });
    found.take(MENTIONS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u8, username: &str, display_name: &str) -> Person {
        let account = AccountId([number; 16]);
        Person { account, username: username.to_owned(), display_name: display_name.to_owned(), picture: None }
    }

    #[test]
    fn a_mention_travels_as_a_link_and_comes_back_as_it_was_typed() {
        let people = [person(1, "alice", "Alice [x] Smith"), person(2, "bob.b_", "Bob")];
        let typed = "Kudos to @alice, (@bob.b_) and @Alice.";
        let (wire, accounts) = to_wire(typed, &people);
        assert_eq!(accounts, [AccountId([1; 16]), AccountId([2; 16])]);
        let uri = account_uri(AccountId([1; 16]));
        assert!(wire.starts_with(&format!(r"Kudos to [@Alice \[x\] Smith]({uri}), ")), "{wire}");
        assert_eq!(from_wire(&wire, &people), "Kudos to @alice, (@bob.b_) and @alice.");
        assert_eq!(mentioned(&wire), accounts);
        // Who is not known by name stays a link.
        assert_eq!(from_wire(&wire, &[]), wire);
    }

    #[test]
    fn what_is_no_mention_stays() {
        let people = [person(1, "alice", "Alice")];
        for text in ["alice@alice", "`@alice`", "[@alice](https://a.example)", "@alicent", "    @alice", "@@alice"] {
            assert_eq!(to_wire(text, &people), (text.to_owned(), vec![]), "{text}");
        }
    }
}
