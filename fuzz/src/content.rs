//! What messages say, as it is after decryption: whoever is in a conversation may have written it.

use sealpost_client::{
    content::{
        Body, Content, Disposition, Envelope, Expiration, LogReference, MessageId, MimiContent, NestedPart, Semantics,
        account_uri, kind,
        markdown::blocks,
        mention,
        poll::{Poll, Vote},
        preview::first_line,
    },
    snapshot::{Block, Person},
};
use sealpost_protocol::{AccountId, ConversationId};

use crate::{Target, stable};

pub const TARGETS: [Target; 5] = [
    Target { name: "envelope", takes: takes_envelope, seeds: envelopes },
    Target {
        name: "mimi",
        takes: takes_mimi,
        seeds: || contents().iter().map(|content| content.bytes().to_vec()).collect(),
    },
    Target {
        name: "poll",
        takes: |bytes| stable(bytes, |bytes| Some(Poll::from_bytes(bytes)?.to_bytes())),
        seeds: || vec![poll().to_bytes()],
    },
    Target {
        name: "vote",
        takes: |bytes| stable(bytes, |bytes| Some(Vote::from_bytes(bytes)?.to_bytes())),
        seeds: || vec![Vote(vec![0, 2]).to_bytes()],
    },
    Target { name: "markdown", takes: takes_markdown, seeds: texts },
];

const SENDER: AccountId = AccountId([1; 16]);
const ROOM: ConversationId = ConversationId([2; 16]);
const OTHER: MessageId = MessageId([3; 32]);
/// Blocks are at most so deep: quotations and lists are bounded, and what is in them is one more.
const BLOCKS_DEPTH_MAX: usize = 16;

fn takes_envelope(bytes: &[u8]) -> bool {
    stable(bytes, |bytes| Envelope::decode(bytes).ok()?.encode().ok())
}

fn envelopes() -> Vec<Vec<u8>> {
    let content = contents().remove(0).bytes().to_vec();
    let log = Some(LogReference { seq: 7, hash: [4; 32] });
    let devices = Some(vec![5; 40]);
    let envelopes =
        [Envelope { content: content.clone(), log: None, devices: None }, Envelope { content, log, devices }];
    envelopes.iter().map(|envelope| envelope.encode().expect("small enough")).collect()
}

fn takes_mimi(bytes: &[u8]) -> bool {
    let Ok(content) = Content::decode(bytes) else { return false };
    let _ = (content.meaning().kind(), content.meaning().shown_text(), content.id_in(ROOM, SENDER));
    stable(bytes, |bytes| {
        let meaning = Content::decode(bytes).ok()?.meaning().clone();
        Some(Content::new(meaning).expect("what was read can be written").bytes().to_vec())
    })
}

/// A text, one that answers and disappears, an edit, a deletion, a reaction, a poll, a vote, and parts in parts.
fn contents() -> Vec<Content> {
    let message = |body| MimiContent::new(SENDER, ROOM, [5; 16], body);
    let text = |text| MimiContent::text(text, SENDER, ROOM, [5; 16]).expect("short enough");
    let nothing = |disposition| NestedPart { disposition, language: String::new(), body: Body::Null };
    let reaction = NestedPart::single(Disposition::Reaction, kind::EMOJI, "❤".as_bytes());
    let parts = vec![poll().body(), NestedPart::single(Disposition::Render, "text/html", b"<p>")];
    let several = Body::Multi { semantics: Semantics::ChooseOne, parts };
    let meanings = [
        text("*hello*"),
        MimiContent { in_reply_to: Some(OTHER), expires: Some(Expiration::At(60)), ..text("yes") },
        MimiContent { replaces: Some(OTHER), ..text("better") },
        MimiContent { replaces: Some(OTHER), ..message(nothing(Disposition::Render)) },
        MimiContent { in_reply_to: Some(OTHER), ..message(reaction) },
        message(poll().body()),
        MimiContent { in_reply_to: Some(OTHER), ..message(Vote(vec![1]).body()) },
        message(NestedPart { disposition: Disposition::Render, language: "en".to_owned(), body: several }),
    ];
    meanings.into_iter().map(|meaning| Content::new(meaning).expect("a message")).collect()
}

fn poll() -> Poll {
    Poll::new("Lunch?", &["Soup".to_owned(), "Rice".to_owned(), "Neither".to_owned()], true).expect("a poll")
}

/// Texts have no encoding; what is asked of them is that they are shown, without what could deceive and not too deep.
fn takes_markdown(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let people =
        [Person { account: SENDER, username: "alice".into(), display_name: "Alice *A.*".into(), picture: None }];
    check_blocks(&blocks(text, &people), BLOCKS_DEPTH_MAX);
    assert!(!first_line(text, 120).contains(kind::is_bidi_control));
    let (wire, mentioned) = mention::to_wire(text, &people);
    let _ = (mention::from_wire(&wire, &people), mention::mentioned(&wire), mentioned);
    true
}

fn check_blocks(blocks: &[Block], levels_left: usize) {
    assert!(levels_left > 0, "too deep");
    for block in blocks {
        match block {
            Block::Paragraph { spans } => {
                assert!(spans.iter().all(|span| !span.text.is_empty() && !span.text.contains(kind::is_bidi_control)));
            }
            Block::Code { text } => assert!(!text.contains(kind::is_bidi_control)),
            Block::Quotation { blocks } => check_blocks(blocks, levels_left - 1),
            Block::List { items, .. } => items.iter().for_each(|item| check_blocks(item, levels_left - 1)),
        }
    }
}

fn texts() -> Vec<Vec<u8>> {
    let mention = format!("thanks, [@Alice]({})", account_uri(SENDER));
    let texts = [
        "a **b** _c_ ~~d~~ `e_f_` <b>&amp;</b>",
        "> hi\n> - one\n>   1. two\n\n```rust\nlet a;\n```\n# Title",
        "see https://a.example/_x_*y*z and www.b.example, me@c.example; [d](https://e.example \"f\") ![g](h)",
        "[a]: https://b.example\n\n[a] and [c][a]",
        "@alice, @Alice. and alice@alice",
        mention.as_str(),
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
