//! Rate limits per account, address and username.
//!
//! Keys are hashed into a fixed number of buckets with a secret of the process, so the memory is bounded whoever asks.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use sealpost_protocol::{AccountId, Problem, ProblemKind, Request, conversation::Append, device::LISTS_OF_MAX};

use crate::{config, operations::CLAIM_ACCOUNTS_MAX};

/// Enough that two accounts rarely share a bucket, few enough that all of them together stay small.
const BUCKETS: u64 = 1 << 18;

/// How many times more than one may all together ask about the same account: one alone must not shut others out of it.
const ALL: u32 = 20;

/// One limit: so many in a period for each key.
struct Limit {
    limiter: Option<DefaultKeyedRateLimiter<u64>>,
}

impl Limit {
    /// No limit if `quota` has none.
    fn new(quota: Option<Quota>) -> Self {
        Self { limiter: quota.map(RateLimiter::keyed) }
    }

    fn per_minute(count: u32) -> Self {
        Self::new(NonZeroU32::new(count).map(Quota::per_minute))
    }

    fn per_hour(count: u32) -> Self {
        Self::new(NonZeroU32::new(count).map(Quota::per_hour))
    }

    fn check(&self, bucket: u64) -> Result<(), Problem> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(&bucket).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let mut problem = Problem::new(ProblemKind::RateLimited);
            problem.retry_after = Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1));
            problem
        })
    }

    fn forget_idle(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
        }
    }
}

/// Every rate limit of the server.
pub(crate) struct Limits {
    hasher: RandomState,
    registrations: Limit,
    sign_ins: Limit,
    recoveries: Limit,
    searches: Limit,
    claims: Limit,
    claims_of_one: Limit,
    claims_by_all: Limit,
    sign_ins_by_all: Limit,
    revocations: Limit,
    recoveries_by_all: Limit,
    appends: Limit,
    commits: Limit,
    lists: Limit,
    writes: Limit,
    requests: Limit,
}

impl Limits {
    /// The limits of `config`.
    pub(crate) fn new(config: &config::Limits) -> Self {
        Self {
            hasher: RandomState::new(),
            registrations: Limit::per_hour(config.registrations_per_hour),
            sign_ins: Limit::per_minute(config.sign_ins_per_minute),
            recoveries: Limit::per_hour(config.recoveries_per_hour),
            searches: Limit::per_minute(config.searches_per_minute),
            claims: Limit::per_minute(config.claims_per_minute),
            claims_of_one: Limit::per_hour(config.claims_per_minute),
            claims_by_all: Limit::per_hour(config.claims_per_minute.saturating_mul(ALL)),
            sign_ins_by_all: Limit::per_minute(config.sign_ins_per_minute.saturating_mul(ALL)),
            revocations: Limit::per_minute(config.sign_ins_per_minute),
            recoveries_by_all: Limit::per_hour(config.recoveries_per_hour.saturating_mul(ALL)),
            appends: Limit::per_minute(config.appends_per_minute),
            commits: Limit::per_minute(config.commits_per_minute),
            lists: Limit::per_minute(config.device_lists_per_minute),
            writes: Limit::per_minute(config.writes_per_minute),
            requests: Limit::per_minute(config.requests_per_minute),
        }
    }

    /// A request without a session, from `address` where that is known.
    ///
    /// # Errors
    /// `rate-limited`.
    pub(crate) fn check_anonymous(&self, address: Option<IpAddr>, request: &Request) -> Result<(), Problem> {
        let by_address = address.map(|address| self.bucket(network(address)));
        match request {
            Request::RegistrationFinish(_) => by_address.map_or(Ok(()), |bucket| self.registrations.check(bucket)),
            // The token of a passkey is not guessed, and says whose it is: there is no name that others could be shut out of.
            Request::RegistrationStart(_) | Request::LinkingOffer(_) | Request::PasskeySignIn(_) => {
                by_address.map_or(Ok(()), |bucket| self.sign_ins.check(bucket))
            }
            Request::SignInStart(body) => {
                by_address.map_or(Ok(()), |bucket| self.sign_ins.check(bucket))?;
                self.sign_ins_by_all.check(self.bucket(body.username.to_lowercase()))
            }
            Request::Recover(body) => {
                by_address.map_or(Ok(()), |bucket| self.recoveries.check(bucket))?;
                self.recoveries_by_all.check(self.bucket(body.username.to_lowercase()))
            }
            _ => by_address.map_or(Ok(()), |bucket| self.requests.check(bucket)),
        }
    }

    /// A request of an account.
    ///
    /// # Errors
    /// `rate-limited`.
    pub(crate) fn check(&self, account: AccountId, request: &Request) -> Result<(), Problem> {
        let bucket = self.bucket(account);
        self.requests.check(bucket)?;
        match request {
            Request::AccountsSearch(_) => self.searches.check(bucket),
            Request::KeyPackagesClaim(body) => {
                self.claims.check(bucket)?;
                let others = body.accounts.iter().filter(|target| **target != account);
                others.take(CLAIM_ACCOUNTS_MAX).try_for_each(|target| {
                    self.claims_of_one.check(self.bucket((account, target)))?;
                    self.claims_by_all.check(self.bucket(target))
                })
            }
            Request::DeviceListsOf(body) => {
                let accounts = body.accounts.iter().take(LISTS_OF_MAX);
                accounts.map(|_| bucket).try_for_each(|bucket| self.lists.check(bucket))
            }
            Request::LogAppend(body) => {
                self.appends.check(bucket)?;
                match body.append {
                    Append::Commit(_) => self.commits.check(self.bucket((account, body.conversation))),
                    _ => Ok(()),
                }
            }
            Request::ConversationCreate(_)
            | Request::LogErase(_)
            | Request::LogLost(_)
            | Request::ConversationLeave(_)
            | Request::KeyPackagesWrite(_)
            | Request::DeviceListWrite(_)
            | Request::ProfileWrite(_)
            | Request::BackupWrite(_)
            | Request::PasswordStart(_)
            | Request::PasswordFinish(_)
            | Request::StoredWrite(_)
            | Request::ReadWrite(_)
            | Request::VaultWrite(_)
            | Request::TypingWrite(_)
            | Request::PresenceWatch(_)
            | Request::SettingsWrite(_)
            | Request::PictureWrite(_)
            | Request::LinkWrite(_)
            | Request::JoinRequestWrite(_)
            | Request::JoinRequestSettle(_)
            | Request::ReportWrite(_)
            | Request::StateWrite(_)
            | Request::ArchiveWrite(_)
            | Request::ArchiveErase(_)
            | Request::LinkingApprove(_) => self.writes.check(bucket),
            // What the device that is to be revoked does must not count.
            Request::DevicesSignOut(_) | Request::DevicesRevoke(_) => self.revocations.check(bucket),
            // Numbers must not be guessed.
            Request::LinkingJoin(_) => self.sign_ins.check(bucket),
            _ => Ok(()),
        }
    }

    /// Frees the buckets that are full again.
    pub(crate) fn forget_idle(&self) {
        let all = [
            &self.registrations,
            &self.sign_ins,
            &self.recoveries,
            &self.searches,
            &self.claims,
            &self.claims_of_one,
            &self.claims_by_all,
            &self.sign_ins_by_all,
            &self.revocations,
            &self.recoveries_by_all,
            &self.appends,
            &self.commits,
            &self.lists,
            &self.writes,
            &self.requests,
        ];
        all.into_iter().for_each(Limit::forget_idle);
    }

    fn bucket(&self, key: impl Hash) -> u64 {
        self.hasher.hash_one(key) % BUCKETS
    }
}

/// What counts as one address: an IPv6 host owns at least a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{
        Bytes, ClientId, ConversationId,
        account::{AccountsSearch, MeRead, SignInStart},
        conversation::{CommitUpload, LogAppend},
        device::KeyPackagesClaim,
    };

    use super::*;

    fn limits(change: impl FnOnce(&mut config::Limits)) -> Limits {
        let mut config = config::Limits::default();
        change(&mut config);
        Limits::new(&config)
    }

    #[test]
    fn what_is_over_the_limit_says_when_to_come_back() {
        let limits = limits(|config| config.searches_per_minute = 2);
        let search = AccountsSearch { prefix: "a".to_owned() }.into();
        let (alice, bob) = (AccountId([1; 16]), AccountId([2; 16]));
        assert!(limits.check(alice, &search).is_ok());
        assert!(limits.check(alice, &search).is_ok());
        let problem = limits.check(alice, &search).unwrap_err();
        assert_eq!(problem.kind(), ProblemKind::RateLimited);
        assert!((1..=31).contains(&problem.retry_after.unwrap()));
        assert!(limits.check(alice, &MeRead {}.into()).is_ok());
        assert!(limits.check(bob, &search).is_ok());
    }

    #[test]
    fn key_packages_are_limited_for_each_target_and_one_requester_leaves_some_for_others() {
        let limits = limits(|config| config.claims_per_minute = 3);
        let [alice, bob, carol] = [1, 2, 3].map(|number| AccountId([number; 16]));
        let claim = |target: AccountId| {
            KeyPackagesClaim { claim: ClientId([0; 16]), accounts: vec![target], suite: 1, conversation: None }.into()
        };
        assert!((0..3).all(|_| limits.check(alice, &claim(alice)).is_ok()), "the own account is no target");
        assert!(limits.check(alice, &claim(alice)).is_err());
        assert!((0..3).all(|_| limits.check(bob, &claim(carol)).is_ok()));
        assert!(limits.claims_of_one.check(limits.bucket((bob, &carol))).is_err());
        assert!(limits.claims_of_one.check(limits.bucket((bob, &alice))).is_ok());
        let others = (10..100).map(|number| AccountId([number; 16]));
        assert_eq!(others.filter(|other| limits.check(*other, &claim(carol)).is_ok()).count(), 57);
    }

    #[test]
    fn who_floods_a_conversation_with_commits_is_held_back_there_alone() {
        let limits = limits(|config| config.commits_per_minute = 2);
        let (alice, bob) = (AccountId([1; 16]), AccountId([2; 16]));
        let append = |at: u8, append: Append| {
            let (conversation, client_id) = (ConversationId([at; 16]), ClientId([0; 16]));
            LogAppend { conversation, generation: 1, epoch: 1, client_id, append }.into()
        };
        let none = || CommitUpload { commit: Bytes::default(), welcome: None, group_info: Bytes::default() };
        let commit = |at| append(at, Append::Commit(none()));
        assert_eq!((0..10).filter(|_| limits.check(alice, &commit(1)).is_ok()).count(), 2);
        assert!(limits.check(alice, &commit(2)).is_ok());
        assert!(limits.check(bob, &commit(1)).is_ok());
        let message = Append::Application {
            message: Bytes::default(),
            expires_in: None,
            delete_token_hash: None,
            blobs: Vec::new(),
        };
        assert!(limits.check(alice, &append(1, message)).is_ok());
    }

    #[test]
    fn one_address_locks_nobody_out() {
        let limits = limits(|config| config.sign_ins_per_minute = 2);
        let sign_in = SignInStart { username: "alice".to_owned(), message: Bytes::default() }.into();
        let (thief, home) = (Some("192.0.2.1".parse().unwrap()), Some("192.0.2.2".parse().unwrap()));
        let taken = (0..1000).filter(|_| limits.check_anonymous(thief, &sign_in).is_ok()).count();
        assert_eq!(taken, 2);
        assert!(limits.check_anonymous(home, &sign_in).is_ok());
        let others = (0..=255).map(|host| Some(std::net::IpAddr::from([198, 51, 100, host])));
        let taken = others.filter(|address| limits.check_anonymous(*address, &sign_in).is_ok()).count();
        assert_eq!(taken, 37, "all together have an end");
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = limits(|config| config.requests_per_minute = 0);
        assert!((0..100_000).all(|_| limits.check(AccountId([1; 16]), &MeRead {}.into()).is_ok()));
    }

    #[test]
    fn hosts_of_one_ipv6_network_are_one_address() {
        let parse = |text: &str| network(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.2"), parse("192.0.2.1"));
    }
}
