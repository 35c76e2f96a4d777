//! A database of a test's own on the PostgreSQL that `SEALPOST_TEST_POSTGRES` names.

use sqlx::{Connection as _, Executor as _, PgConnection};

/// Names the PostgreSQL server: `postgres://user@host:port/database`, whose user may create databases.
pub const VARIABLE: &str = "SEALPOST_TEST_POSTGRES";

/// A database that is dropped with this.
pub struct OwnDatabase {
    server: String,
    name: String,
    url: String,
}

impl OwnDatabase {
    /// Creates a database; nothing if the tests were given no PostgreSQL.
    pub async fn create() -> Option<Self> {
        let server = std::env::var(VARIABLE).ok()?;
        let name = format!("sealpost_story_{:032x}", rand::random::<u128>());
        let mut connection = PgConnection::connect(&server).await.expect("PostgreSQL answers");
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database");
        let (host, _) = server.rsplit_once('/').expect("an address with a database");
        Some(Self { url: format!("{host}/{name}"), server, name })
    }

    /// Copies it, under another name; nothing may be connected to it.
    pub async fn copied(&self) -> Self {
        let name = format!("sealpost_story_{:032x}", rand::random::<u128>());
        let (host, _) = self.server.rsplit_once('/').expect("an address with a database");
        let copy = Self { url: format!("{host}/{name}"), server: self.server.clone(), name };
        copy.take_from(self).await;
        copy
    }

    /// Becomes a copy of another; nothing may be connected to either.
    pub async fn take_from(&self, other: &Self) {
        let mut connection = PgConnection::connect(&self.server).await.expect("PostgreSQL answers");
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        connection.execute(sqlx::AssertSqlSafe(drop)).await.expect("the database goes");
        let create = format!("CREATE DATABASE {} TEMPLATE {}", self.name, other.name);
        connection.execute(sqlx::AssertSqlSafe(create)).await.expect("the database is copied");
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for OwnDatabase {
    /// On a thread of its own, because a test's runtime cannot be waited for here.
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await?;
                connection.execute(sqlx::AssertSqlSafe(statement)).await?;
                anyhow::Ok(())
            })
        });
        if !matches!(work.join(), Ok(Ok(()))) {
            eprintln!("the database {} of a test could not be dropped", self.name);
        }
    }
}
