//! A member with a changed app: it sends junk in the place of messages, the same ciphertext again, states that nobody can
//! open, commits that do not hold, and says that entries were lost. The server keeps to its rules.

use rand::{Rng, RngCore as _, rngs::StdRng};
use sealpost_protocol::{
    Bytes, ClientId, Request,
    conversation::{Append, LogAppend, LogLost},
};

/// What a malicious device does, and how often.
#[derive(Default)]
pub(super) struct Malice {
    /// Which one it is, if there is one.
    pub device: Option<usize>,
    /// For each request: 0.0 never, 1.0 always.
    pub rate: f64,
    /// How often it did something.
    pub done: u64,
}

impl Malice {
    /// Changes what a device sends, if it is the malicious one, and gives what it sends besides.
    pub(super) fn change(&mut self, device: usize, request: &mut Request, rng: &mut StdRng) -> Option<Request> {
        if self.device != Some(device) || !rng.gen_bool(self.rate) {
            return None;
        }
        match request {
            Request::LogAppend(append) => {
                self.done += 1;
                append_badly(append, rng)
            }
            Request::StateWrite(write) => {
                self.done += 1;
                rng.fill_bytes(&mut write.state.0);
                None
            }
            Request::ConversationLeave(leave) => {
                self.done += 1;
                damage_end(&mut leave.statement, rng);
                None
            }
            Request::LogRead(read) => {
                self.done += 1;
                let (seq, hash) = (read.after + rng.gen_range(0..5), vec![rng.r#gen(); 32].into());
                Some(LogLost { conversation: read.conversation, seq, hash, after: rng.gen_range(0..=seq) }.into())
            }
            _ => None,
        }
    }
}

fn append_badly(append: &mut LogAppend, rng: &mut StdRng) -> Option<Request> {
    match &mut append.append {
        Append::Application { message, .. } => match rng.gen_range(0..3) {
            0 => {
                damage_end(message, rng);
                None
            }
            1 => {
                let half = message.0.len() / 2;
                rng.fill_bytes(&mut message.0[half..]);
                None
            }
            _ => Some(LogAppend { client_id: ClientId(rng.r#gen()), ..append.clone() }.into()),
        },
        // Who has begun a conversation anew and adds nobody has put everyone out, as an admin may: that is not undone.
        Append::Commit(_) if append.generation > 1 => None,
        Append::Commit(upload) => {
            match rng.gen_range(0..3) {
                0 => damage_end(&mut upload.commit, rng),
                1 => damage_end(&mut upload.group_info, rng),
                _ => upload.welcome = Some(vec![rng.r#gen(); 40].into()),
            }
            None
        }
        Append::Reset(upload) => {
            damage_end(&mut upload.statement, rng);
            None
        }
    }
}

fn damage_end(bytes: &mut Bytes, rng: &mut StdRng) {
    let from = bytes.0.len().saturating_sub(20);
    if from < bytes.0.len() {
        let at = rng.gen_range(from..bytes.0.len());
        bytes.0[at] ^= 1 << rng.gen_range(0..8);
    }
}
