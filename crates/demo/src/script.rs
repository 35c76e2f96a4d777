//! What the people of the demonstration say and do.

use std::time::Duration;

use anyhow::Result;
use sealpost_client::command::{Arrangement, Command};
use sealpost_protocol::ConversationId;

use crate::{PASSWORD, person::Person};

/// What the group is called.
const HIKE: &str = "Weekend hike";
/// How often they say it all.
const ROUNDS: u32 = 300;
/// How long they are silent between two rounds.
const PAUSE: Duration = Duration::from_secs(5);

struct Cast {
    alice: Person,
    bob: Person,
    charlie: Person,
}

/// Signs everyone in and has them talk for some hours.
///
/// # Errors
/// When the server does not come up, refuses something, or goes away for long.
pub async fn play(server_url: &str) -> Result<()> {
    let (alice, new) = Person::arrives(server_url, "alice", "Alice Moreau").await?;
    let (bob, _) = Person::arrives(server_url, "bob", "Bob Lindqvist").await?;
    let (charlie, _) = Person::arrives(server_url, "charlie", "Charlie Okafor").await?;
    let cast = Cast { alice, bob, charlie };
    let hike = if new { begin(&cast).await? } else { cast.alice.finds_group(HIKE).await? };
    eprintln!("The demonstration is ready: sign in as alice, bob or charlie with the password {PASSWORD}.");
    for _ in 0..ROUNDS {
        self::hike(&cast, hike).await?;
        dinner(&cast.alice, &cast.bob).await?;
        work(&cast.charlie, &cast.alice).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Makes the group.
async fn begin(Cast { alice, bob, charlie }: &Cast) -> Result<ConversationId> {
    let group = alice.group(HIKE, &[bob, charlie]).await?;
    let description = Some("Saturday, early. Bring layers.".to_owned());
    alice.does(Command::ChangeGroup { conversation: group, name: None, description, picture: None }).await?;
    let arrangement = Arrangement::Pin { pinned: true };
    alice.does(Command::ArrangeConversation { conversation: group, arrangement }).await?;
    Ok(group)
}

async fn hike(Cast { alice, bob, charlie }: &Cast, group: ConversationId) -> Result<()> {
    let first = alice
        .says(group, "Who is in for the ridge on Saturday? The forecast is **perfect** until three.", None)
        .await?;
    for person in [bob, charlie] {
        person.sees(group, &first).await?;
    }
    let yes = bob.says(group, "Count me in. I can drive, there is room for two and a dog.", Some(&first)).await?;
    charlie.sees(group, &yes).await?;
    charlie.reacts(group, &yes, "🐕").await?;
    alice.reacts(group, &yes, "🎉").await?;
    let thanks = charlie.says(group, "Perfect! @bob can you pick me up at the station?", None).await?;
    bob.sees(group, &thanks).await?;
    bob.reacts(group, &thanks, "👍").await?;
    let poll = alice
        .asks(group, "When do we leave?", &["6:00, empty trails", "7:00, with coffee", "8:00, like humans"])
        .await?;
    for (person, choices) in [(bob, vec![1]), (charlie, vec![1, 2]), (alice, vec![0])] {
        person.sees(group, &poll).await?;
        person.does(Command::Vote { conversation: group, key: poll.clone(), choices }).await?;
    }
    let list = "My list:\n\n- rain jacket\n- head torch\n- the *good* chocolate\n\nAnything missing? https://example.org/packing";
    let last = charlie.says(group, list, None).await?;
    alice.sees(group, &last).await?;
    alice.reacts(group, &last, "🍫").await?;
    bob.sees(group, &last).await?;
    bob.reads(group).await
}

async fn dinner(alice: &Person, bob: &Person) -> Result<()> {
    let chat = alice.direct(bob).await?;
    let first = alice.says(chat, "Did you find the recipe?", None).await?;
    bob.sees(chat, &first).await?;
    let found =
        bob.says(chat, "In grandma's blue notebook, page 12. The secret is *two* kinds of paprika.", None).await?;
    alice.sees(chat, &found).await?;
    alice.reacts(chat, &found, "❤️").await?;
    let typo = alice.says(chat, "I cook, you bring the wien?", None).await?;
    let text = "I cook, you bring the wine?".to_owned();
    alice.does(Command::EditText { conversation: chat, key: typo.clone(), text }).await?;
    bob.sees(chat, &typo).await?;
    let deal = bob.says(chat, "Deal. Seven o'clock, and I want the corner seat.", Some(&typo)).await?;
    alice.sees(chat, &deal).await?;
    alice.reads(chat).await
}

async fn work(charlie: &Person, alice: &Person) -> Result<()> {
    let chat = charlie.direct(alice).await?;
    let first = charlie.says(chat, "Quick question about the slides: do we keep the chart on page 4?", None).await?;
    alice.sees(chat, &first).await?;
    alice.does(Command::AcceptRequest { conversation: chat }).await?;
    let answer = alice.says(chat, "Keep it, but start the axis at zero.", Some(&first)).await?;
    charlie.sees(chat, &answer).await?;
    charlie.reacts(chat, &answer, "🙏").await?;
    let code = "Then this is all that changes:\n\n```\naxis.min = 0\n```";
    let last = charlie.says(chat, code, None).await?;
    alice.sees(chat, &last).await
}
