//! What the people of the demonstration say and do.

use anyhow::{Context, Result};
use sealpost_client::command::{Arrangement, Command};
use sealpost_protocol::ConversationId;

use crate::person::Person;

/// Whether the demonstration had to be prepared.
pub enum Played {
    New,
    Before,
}

/// Signs everyone up and has them talk.
///
/// # Errors
/// When the server does not come up or refuses something.
pub async fn play(server_url: &str) -> Result<Played> {
    let Some(alice) = Person::sign_up(server_url, "alice", "Alice Moreau").await? else { return Ok(Played::Before) };
    let taken = "another account has a username of the demonstration";
    let bob = Person::sign_up(server_url, "bob", "Bob Lindqvist").await?.context(taken)?;
    let charlie = Person::sign_up(server_url, "charlie", "Charlie Okafor").await?.context(taken)?;

    let hike = hike(&alice, &bob, &charlie).await?;
    let direct = dinner(&alice, &bob).await?;
    let work = work(&charlie, &alice).await?;
    alice
        .does(Command::ArrangeConversation { conversation: hike, arrangement: Arrangement::Pin { pinned: true } })
        .await?;

    let chats = [hike, direct, work];
    for person in [alice, bob, charlie] {
        person.leaves(&chats).await?;
    }
    Ok(Played::New)
}

async fn hike(alice: &Person, bob: &Person, charlie: &Person) -> Result<ConversationId> {
    let group = alice.group("Weekend hike", &[bob, charlie]).await?;
    let description = "Saturday, early. Bring layers.".to_owned();
    let change = |description| Command::ChangeGroup { conversation: group, name: None, description, picture: None };
    alice.does(change(Some(description))).await?;
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
    bob.reads(group).await?;
    Ok(group)
}

async fn dinner(alice: &Person, bob: &Person) -> Result<ConversationId> {
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
    alice.reads(chat).await?;
    Ok(chat)
}

async fn work(charlie: &Person, alice: &Person) -> Result<ConversationId> {
    let chat = charlie.direct(alice).await?;
    let first = charlie.says(chat, "Quick question about the slides: do we keep the chart on page 4?", None).await?;
    alice.sees(chat, &first).await?;
    alice.does(Command::AcceptRequest { conversation: chat }).await?;
    let answer = alice.says(chat, "Keep it, but start the axis at zero.", Some(&first)).await?;
    charlie.sees(chat, &answer).await?;
    charlie.reacts(chat, &answer, "🙏").await?;
    let code = "Then this is all that changes:\n\n```\naxis.min = 0\n```";
    let last = charlie.says(chat, code, None).await?;
    alice.sees(chat, &last).await?;
    Ok(chat)
}
