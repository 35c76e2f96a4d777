//! The part of a message that is shown with a hit: around the first place where what was searched for stands.

use std::ops::Range;

use super::query::Term;
use crate::{command::SnippetPart, store::stands_alone};

/// Most characters of a snippet, and most of them before the first hit.
const SNIPPET_CHARS: usize = 160;
const BEFORE_CHARS: usize = 40;

/// A word of a text, with its place in characters.
struct Word {
    folded: String,
    place: Range<usize>,
}

/// Cuts out what is shown.
pub(super) fn cut(text: &str, terms: &[Term]) -> Vec<SnippetPart> {
    let chars: Vec<char> = text.chars().filter(|char| !is_invisible(*char)).collect();
    let hits = hits(&words(&chars), terms);
    let first = hits.first().map_or(0, |hit| hit.start);
    let window = window(&chars, first);
    let mut parts = Vec::new();
    let mut add = |range: Range<usize>, found: bool| {
        let range = range.start.max(window.start)..range.end.min(window.end);
        if let Some(chars) = chars.get(range).filter(|chars| !chars.is_empty()) {
            let text = chars.iter().map(|char| if char.is_whitespace() { ' ' } else { *char }).collect();
            parts.push(SnippetPart { text, found });
        }
    };
    let mut end = window.start;
    for hit in hits.iter().filter(|hit| hit.start < window.end && hit.end > window.start) {
        add(end..hit.start, false);
        add(hit.clone(), true);
        end = hit.end;
    }
    add(end..window.end, false);
    let more = || SnippetPart { text: "…".to_owned(), found: false };
    if window.start > 0 {
        parts.insert(0, more());
    }
    if window.end < chars.len() {
        parts.push(more());
    }
    parts
}

/// Characters that are not drawn and turn around what is drawn beside them.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn window(chars: &[char], first: usize) -> Range<usize> {
    let earliest = first.saturating_sub(BEFORE_CHARS);
    let mut start = earliest;
    if start > 0 {
        // At a word, if one begins soon.
        let space = chars.iter().take(first).skip(earliest).position(|char| char.is_whitespace());
        start = space.map_or(earliest, |space| earliest + space + 1);
    }
    start..chars.len().min(start + SNIPPET_CHARS)
}

/// Where the terms stand, in order and without overlaps.
fn hits(words: &[Word], terms: &[Term]) -> Vec<Range<usize>> {
    let terms: Vec<(Vec<Word>, bool)> = terms
        .iter()
        .map(|term| (self::words(&term.text.chars().collect::<Vec<_>>()), term.unfinished))
        .filter(|(wanted, _)| !wanted.is_empty())
        .collect();
    let mut hits: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rest = words.get(at..).unwrap_or_default();
        let fitting = terms.iter().filter(|(wanted, unfinished)| stands_here(rest, wanted, *unfinished));
        match fitting.map(|(wanted, _)| wanted.len()).max().and_then(|many| Some((many, rest.get(many - 1)?))) {
            Some((many, last)) => {
                hits.extend(rest.first().map(|first| first.place.start..last.place.end));
                at += many;
            }
            None => at += 1,
        }
    }
    hits
}

fn stands_here(words: &[Word], wanted: &[Word], unfinished: bool) -> bool {
    let last = wanted.len().saturating_sub(1);
    words.len() >= wanted.len()
        && wanted.iter().zip(words).enumerate().all(|(place, (wanted, word))| {
            wanted.folded == word.folded || unfinished && place == last && word.folded.starts_with(&wanted.folded)
        })
}

/// The words of a text, as the index has them.
fn words(chars: &[char]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (place, &char) in chars.iter().enumerate() {
        let alone = stands_alone(char);
        let continues = words.last().is_some_and(|word| {
            word.place.end == place && !alone && !chars.get(word.place.start).is_some_and(|first| stands_alone(*first))
        });
        if !(char.is_alphanumeric() || continues && is_mark(char)) {
            continue;
        }
        match words.last_mut() {
            Some(word) if continues => {
                word.place.end = place + 1;
                word.folded.extend(fold(char));
            }
            _ => words.push(Word { folded: fold(char).collect(), place: place..place + 1 }),
        }
    }
    words
}

fn is_mark(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36f}')
}

/// A letter without case and marks.
fn fold(char: char) -> impl Iterator<Item = char> {
    const MARKED: [(&str, char); 16] = [
        ("àáâãäåāăą", 'a'),
        ("çćĉċč", 'c'),
        ("ďđ", 'd'),
        ("èéêëēĕėęě", 'e'),
        ("ĝğġģ", 'g'),
        ("ìíîïĩīĭį", 'i'),
        ("ķ", 'k'),
        ("ĺļľ", 'l'),
        ("ñńņň", 'n'),
        ("òóôõöōŏő", 'o'),
        ("ŕŗř", 'r'),
        ("śŝşš", 's'),
        ("ţť", 't'),
        ("ùúûüũūŭůűų", 'u'),
        ("ýÿŷ", 'y'),
        ("źżž", 'z'),
    ];
    let plain = |char: char| match MARKED.iter().find(|(marked, _)| marked.contains(char)) {
        Some((_, plain)) => *plain,
        None => char,
    };
    char.to_lowercase().filter(|char| !is_mark(*char)).map(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, terms: &[(&str, bool)]) -> String {
        let terms: Vec<_> =
            terms.iter().map(|(text, unfinished)| Term { text: (*text).to_owned(), unfinished: *unfinished }).collect();
        let mark = |part: SnippetPart| if part.found { format!("[{}]", part.text) } else { part.text };
        cut(text, &terms).into_iter().map(mark).collect()
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        assert_eq!(shown("Meet at the Café, café!", &[("cafe", false)]), "Meet at the [Café], [café]!");
        assert_eq!(shown("one two three", &[("two th", true)]), "one [two three]");
        assert_eq!(shown("明日は海へ", &[("海 へ", true)]), "明日は[海へ]");
        assert_eq!(shown("nothing\nhere", &[]), "nothing here");
        assert_eq!(shown("a\u{202e}b", &[]), "ab");
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_hit() {
        let text = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let shown = shown(&text, &[("needle", true)]);
        assert!(shown.starts_with("…hay ") && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("hay  [needle] straw"), "{shown}");
        assert!(shown.chars().count() <= SNIPPET_CHARS + 4, "{shown}");
    }
}
