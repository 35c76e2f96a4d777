//! The language of searches: words, of which the last may be unfinished, `"phrases"`, and operators. What is no operator is
//! a word, so nothing that is typed is an error.

use sealpost_protocol::Timestamp;

use crate::store::searchable;

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Words that have to follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// With spaces between what counts as words.
    pub text: String,
    /// The last of them may go on.
    pub unfinished: bool,
}

/// What was typed, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Query {
    pub(super) terms: Vec<Term>,
    /// Beginnings of names of senders, in lower case; `me` is the person.
    pub from: Vec<String>,
    /// Beginnings of names of conversations, in lower case.
    pub inside: Vec<String>,
    pub before: Option<Timestamp>,
    pub after: Option<Timestamp>,
    pub link: bool,
    pub poll: bool,
}

/// A piece of what was typed, up to the next space outside quotes.
struct Piece {
    text: String,
    quoted: bool,
}

impl Query {
    /// Takes apart what was typed where the clock is `utc_offset` minutes ahead of UTC.
    pub(in crate::engine) fn parse(typed: &str, utc_offset: i16) -> Self {
        let mut query = Self::default();
        for piece in pieces(typed) {
            if piece.quoted || !query.take_operator(&piece.text, utc_offset) {
                query.add(&piece.text, !piece.quoted);
            }
        }
        // Only the last word may go on.
        let last = query.terms.len().saturating_sub(1);
        query.terms.iter_mut().take(last).for_each(|term| term.unfinished = false);
        query
    }

    fn add(&mut self, text: &str, unfinished: bool) {
        // Without a letter or a digit there is nothing that the index knows.
        if text.chars().any(char::is_alphanumeric) {
            let text = searchable(text).split_whitespace().collect::<Vec<_>>().join(" ");
            self.terms.push(Term { text, unfinished });
        }
    }

    fn take_operator(&mut self, piece: &str, utc_offset: i16) -> bool {
        let Some((name, value)) = piece.split_once(':') else { return false };
        let value = value.trim_matches('"').trim().to_lowercase();
        match name.to_lowercase().as_str() {
            "from" if !value.is_empty() => self.from.push(value.trim_start_matches('@').to_owned()),
            "in" if !value.is_empty() => self.inside.push(value),
            "before" => return set(&mut self.before, date(&value, utc_offset)),
            "after" => return set(&mut self.after, date(&value, utc_offset)),
            "has" if value == "link" => self.link = true,
            "has" if value == "poll" => self.poll = true,
            _ => return false,
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The words as an FTS5 expression. Each is quoted, so that none is taken for a part of FTS5's language.
    pub(super) fn expression(&self) -> Option<String> {
        let quoted = |term: &Term| {
            let star = if term.unfinished { "*" } else { "" };
            format!("\"{}\"{star}", term.text.replace(['"', '\0'], " "))
        };
        let terms: Vec<_> = self.terms.iter().map(quoted).collect();
        (!terms.is_empty()).then(|| terms.join(" AND "))
    }
}

fn set(field: &mut Option<Timestamp>, value: Option<Timestamp>) -> bool {
    *field = value.or(*field);
    value.is_some()
}

fn pieces(typed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let quoted = rest.starts_with('"');
        let mut inside = false;
        let end = rest.find(|char: char| {
            inside ^= char == '"';
            char.is_whitespace() && !inside
        });
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(Piece { text: if quoted { piece.replace('"', " ") } else { piece.to_owned() }, quoted });
        rest = after.trim_start();
    }
    pieces
}

/// The beginning of a day that is written as `2026-11-24`, where the clock is so many minutes ahead of UTC.
fn date(text: &str, utc_offset: i16) -> Option<Timestamp> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let begins = days_since_1970(year, month, day) * DAY - i64::from(utc_offset) * MINUTE;
    Some(u64::try_from(begins).unwrap_or(0))
}

/// Days of the Gregorian calendar, counted in eras of 400 years whose years begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, unfinished: bool) -> Term {
        Term { text: text.to_owned(), unfinished }
    }

    #[test]
    fn words_phrases_and_operators_are_told_apart() {
        let query = Query::parse("from:Alice in:\"choir trip\" \"see you\" has:link tomor", 0);
        assert_eq!(query.terms, [term("see you", false), term("tomor", true)]);
        assert_eq!((query.from, query.inside), (vec!["alice".to_owned()], vec!["choir trip".to_owned()]));
        assert!(query.link && !query.poll);
    }

    #[test]
    fn what_is_no_operator_is_a_word() {
        let query = Query::parse("https://example.org has:nothing before:soon from: colour:red", 0);
        let words: Vec<_> = query.terms.iter().map(|term| term.text.as_str()).collect();
        assert_eq!(words, ["https://example.org", "has:nothing", "before:soon", "from:", "colour:red"]);
        assert_eq!(Query { terms: Vec::new(), ..query }, Query::default());
    }

    #[test]
    fn every_word_is_quoted() {
        let expression = |typed| Query::parse(typed, 0).expression();
        assert_eq!(expression("a\" OR b*").as_deref(), Some("\"a  OR b*\"*"));
        assert_eq!(expression("NEAR(a b) -c").as_deref(), Some("\"NEAR(a\" AND \"b)\" AND \"-c\"*"));
        assert_eq!(expression("明日 \"unclosed").as_deref(), Some("\"明 日\" AND \"unclosed\""));
        assert_eq!(expression(" ... \"\" "), None);
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        assert_eq!(date("1970-01-01", 0), Some(0));
        assert_eq!(date("2000-03-01", 0), Some(951_868_800_000));
        assert_eq!(date("2026-11-24", 0), Some(1_795_478_400_000));
        // East of Greenwich the day begins earlier, west of it later.
        assert_eq!(date("2026-11-24", 330), Some(1_795_458_600_000));
        assert_eq!(date("2026-11-24", -480), Some(1_795_507_200_000));
        assert_eq!(date("1970-01-01", 60), Some(0));
        for malformed in ["", "2026", "2026-13-01", "2026-00-10", "1969-12-31", "soon", "2026-11-24x", "-5-1-1"] {
            assert_eq!(date(malformed, 0), None, "{malformed}");
        }
    }
}
