//! Searching messages: an index of words (FTS5) over the texts of timelines, which triggers keep in step.

use rusqlite::{Connection, functions::FunctionFlags, params_from_iter, types::Value};
use sealpost_protocol::{AccountId, ConversationId, Timestamp};

use super::{Result, Store};
use crate::redacted::redacted;

/// So many of the newest messages with the words are put in order of time; older ones follow by their place in the
/// database, which is the order in which they came.
const SORTED: u32 = 1_000;

/// What messages are searched for; everything has to hold.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// An FTS5 expression, made of quoted words only; nothing for any text.
    pub words: Option<String>,
    /// In one of these.
    pub conversations: Option<Vec<ConversationId>>,
    /// By one of these.
    pub senders: Option<Vec<AccountId>>,
    pub before: Option<Timestamp>,
    pub after: Option<Timestamp>,
    pub link: bool,
    pub poll: bool,
}

redacted!(Wanted);

/// A message that was found.
pub(crate) struct Found {
    pub conversation: ConversationId,
    pub key: String,
    pub sender: AccountId,
    pub time: Timestamp,
    pub text: String,
}

redacted!(Found);

/// Adds to a connection what the schema's triggers call.
pub(super) fn add_functions(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("searchable", 1, flags, |context| {
        Ok(context.get_raw(0).as_str_or_null()?.map(searchable))
    })
}

/// Whether a character is a word by itself: Chinese, Japanese and Korean are written without spaces, or with other words
/// than those that people search for.
pub(crate) fn stands_alone(char: char) -> bool {
    matches!(u32::from(char),
        0x3005..=0x3007 | 0x3040..=0x30ff | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x1b000..=0x1b16f | 0x20000..=0x323af)
}

/// A text with spaces around each character that is a word by itself.
pub(crate) fn searchable(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 4);
    for char in text.chars() {
        if stands_alone(char) {
            spaced.extend([' ', char, ' ']);
        } else {
            spaced.push(char);
        }
    }
    spaced
}

fn places(many: usize) -> String {
    vec!["?"; many].join(", ")
}

impl Wanted {
    /// SQL for everything but the words, and its parameters.
    fn conditions(&self) -> (String, Vec<Value>) {
        // As in the partial indexes; `kind < 2` is there for that of a conversation's times.
        let mut sql = String::from("t.kind = 0 AND t.kind < 2 AND t.text IS NOT NULL AND t.deleted = 0");
        let mut values = Vec::new();
        if let Some(conversations) = &self.conversations {
            sql += &format!(" AND t.conversation IN ({})", places(conversations.len()));
            values.extend(conversations.iter().map(|id| Value::Blob(id.0.to_vec())));
        }
        if let Some(senders) = &self.senders {
            sql += &format!(" AND t.sender IN ({})", places(senders.len()));
            values.extend(senders.iter().map(|id| Value::Blob(id.0.to_vec())));
        }
        for (time, comparison) in [(self.before, "<"), (self.after, ">=")] {
            if let Some(time) = time {
                sql += &format!(" AND t.time {comparison} ?");
                values.push(Value::Integer(i64::try_from(time).unwrap_or(i64::MAX)));
            }
        }
        if self.link {
            sql += " AND t.has_link = 1";
        }
        if self.poll {
            sql += " AND t.poll IS NOT NULL";
        }
        (sql, values)
    }

    /// SQL for what is found, newest first, and its parameters. What is only filtered comes in order out of an index; texts
    /// are read of what is given alone.
    fn query(&self, limit: u32) -> (String, Vec<Value>) {
        let (conditions, mut values) = self.conditions();
        let ids = match &self.words {
            Some(words) => {
                values.insert(0, Value::Text(words.clone()));
                format!(
                    "SELECT id FROM (SELECT t.id, t.time FROM search s CROSS JOIN timeline t ON t.id = s.rowid
                        WHERE s.text MATCH ? AND {conditions} ORDER BY s.rowid DESC LIMIT {})
                    ORDER BY time DESC, id DESC LIMIT {limit}",
                    SORTED.max(limit)
                )
            }
            None => {
                format!("SELECT t.id FROM timeline t WHERE {conditions} ORDER BY t.time DESC, t.id DESC LIMIT {limit}")
            }
        };
        let columns = "conversation, key, sender, time, text";
        (format!("SELECT {columns} FROM timeline WHERE id IN ({ids}) ORDER BY time DESC, id DESC"), values)
    }
}

impl Store<'_> {
    /// Messages that are as wanted, newest first.
    pub(crate) fn search(&self, wanted: &Wanted, limit: u32) -> Result<Vec<Found>> {
        let (sql, values) = wanted.query(limit);
        let mut statement = self.0.prepare_cached(&sql)?;
        let found = statement.query_map(params_from_iter(values), |row| {
            Ok(Found {
                conversation: ConversationId(row.get(0)?),
                key: row.get(1)?,
                sender: AccountId(row.get(2)?),
                time: row.get(3)?,
                text: row.get(4)?,
            })
        })?;
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{NewItem, in_memory};
    use sealpost_protocol::ClientId;

    const HERE: ConversationId = ConversationId([1; 16]);

    fn say(store: Store<'_>, id: u8, text: &str) {
        let (seq, time, sender) = (u64::from(id), u64::from(id) * 10, AccountId([9; 16]));
        let by = NewItem::by(sender, HERE, ClientId([id; 16]));
        let item = NewItem { seq: Some(seq), time, text: Some(text), ..by };
        assert!(store.add_item(&item).unwrap());
    }

    fn find(store: Store<'_>, words: &str) -> Vec<String> {
        let wanted = Wanted { words: Some(words.to_owned()), ..Wanted::default() };
        store.search(&wanted, 10).unwrap().into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn the_index_follows_every_change_of_a_timeline() {
        let connection = in_memory();
        let store = Store(&connection);
        say(store, 1, "the harbour in winter");
        say(store, 2, "Café at the harbour");
        assert_eq!(find(store, "\"harbour\""), ["Café at the harbour", "the harbour in winter"]);
        assert_eq!(find(store, "\"cafe\""), ["Café at the harbour"]);
        connection.execute("UPDATE timeline SET text = 'edited' WHERE seq = 2", []).unwrap();
        assert_eq!(find(store, "\"harbour\""), ["the harbour in winter"]);
        assert_eq!(find(store, "\"edi\"*"), ["edited"]);
        connection.execute("UPDATE timeline SET deleted = 1 WHERE seq = 2", []).unwrap();
        assert!(find(store, "\"edited\"").is_empty());
        connection.execute("UPDATE timeline SET deleted = 0 WHERE seq = 2", []).unwrap();
        assert_eq!(find(store, "\"edited\""), ["edited"]);
        store.remove_item(HERE, ClientId([2; 16])).unwrap();
        assert!(find(store, "\"edited\"").is_empty());
        store.remove_item(HERE, ClientId([1; 16])).unwrap();
        assert!(find(store, "\"winter\"").is_empty());
        let left: u64 = connection.query_row("SELECT count(*) FROM search", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn each_character_without_spaces_is_a_word() {
        let connection = in_memory();
        let store = Store(&connection);
        say(store, 1, "明日は海へ行きましょう");
        say(store, 2, "부산에서 만나요");
        say(store, 3, "我们去上海");
        assert_eq!(find(store, "\"海 へ\""), ["明日は海へ行きましょう"]);
        assert_eq!(find(store, "\"만 나\""), ["부산에서 만나요"]);
        assert_eq!(find(store, "\"海\""), ["我们去上海", "明日は海へ行きましょう"]);
    }

    #[test]
    fn filters_hold_with_and_without_words() {
        let connection = in_memory();
        let store = Store(&connection);
        say(store, 1, "look at https://example.org");
        say(store, 2, "look at this");
        let texts = |wanted: Wanted| -> Vec<u64> {
            store.search(&wanted, 10).unwrap().into_iter().map(|found| found.time).collect()
        };
        let words = || Some("\"look\"".to_owned());
        assert_eq!(texts(Wanted { link: true, ..Wanted::default() }), [10]);
        assert_eq!(texts(Wanted { words: words(), before: Some(20), ..Wanted::default() }), [10]);
        assert_eq!(texts(Wanted { words: words(), after: Some(20), ..Wanted::default() }), [20]);
        assert_eq!(texts(Wanted { senders: Some(vec![AccountId([9; 16])]), ..Wanted::default() }), [20, 10]);
        assert!(texts(Wanted { senders: Some(Vec::new()), ..Wanted::default() }).is_empty());
        let elsewhere = Some(vec![ConversationId([2; 16])]);
        assert!(texts(Wanted { words: words(), conversations: elsewhere, ..Wanted::default() }).is_empty());
    }

    #[test]
    fn what_is_searched_without_words_comes_newest_first_from_an_index() {
        let connection = in_memory();
        let store = Store(&connection);
        say(store, 3, "www.example.org");
        say(store, 1, "http://example.org");
        say(store, 2, "none");
        let sender = || Some(vec![AccountId([9; 16])]);
        let searches = [
            ("timeline_links", vec![30, 10], Wanted { link: true, ..Wanted::default() }),
            ("timeline_polls", vec![], Wanted { poll: true, ..Wanted::default() }),
            ("timeline_said_by", vec![30, 20, 10], Wanted { senders: sender(), ..Wanted::default() }),
            ("timeline_said", vec![10], Wanted { before: Some(20), ..Wanted::default() }),
            ("timeline_time", vec![30, 20, 10], Wanted { conversations: Some(vec![HERE]), ..Wanted::default() }),
        ];
        for (index, times, wanted) in searches {
            let (sql, values) = wanted.query(10);
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = statement.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
            let plan: Vec<_> = steps.map(Result::unwrap).collect();
            assert!(
                plan.iter().any(|step| step.starts_with(&format!("SEARCH t USING INDEX {index} "))
                    || step.starts_with(&format!("SEARCH t USING COVERING INDEX {index} "))
                    || step.starts_with(&format!("SCAN t USING INDEX {index}"))),
                "{index}: {plan:?}"
            );
            let found: Vec<_> = store.search(&wanted, 10).unwrap().into_iter().map(|found| found.time).collect();
            assert_eq!(found, times, "{index}");
        }
    }
}
