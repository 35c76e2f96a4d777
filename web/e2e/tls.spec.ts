/** A server with a name of its own: over HTTPS the app works, without it a page says why not. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test as base } from '@playwright/test';
import { look } from './look';
import { arrive, called, expect, type Person } from './people';
import { Server } from './server';

const HOST = 'chat.sealpost.test';
const CERTIFICATES = resolve('../crates/server/tests/doors/certificates');
const CERTIFICATE = `${CERTIFICATES}/first.pem`;

/** For a browser, the name is this machine's, and the certificate one of an authority that it trusts. */
function introduce(): string[] {
  const { publicKey } = new X509Certificate(readFileSync(CERTIFICATE));
  const key = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
  return [
    `--host-resolver-rules=MAP ${HOST} 127.0.0.1`,
    `--ignore-certificate-errors-spki-list=${key.digest('base64')}`,
  ];
}

interface Named {
  server: Server;
  arrives: () => Promise<Person>;
}

const test = base.extend<{ encrypted: Named; clear: Named }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  encrypted: async ({}, use) => {
    await named(use, {
      SEALPOST__TLS__MODE: 'files',
      SEALPOST__TLS__CERTIFICATE: CERTIFICATE,
      SEALPOST__TLS__KEY: `${CERTIFICATES}/first.key.pem`,
    });
  },
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  clear: async ({}, use) => {
    await named(use, {});
  },
});

async function named(use: (named: Named) => Promise<void>, variables: Record<string, string>): Promise<void> {
  const server = await Server.launch(variables);
  const people: Person[] = [];
  async function arrives(): Promise<Person> {
    const person = await arrive(server.at(HOST), { args: introduce() });
    people.push(person);
    return person;
  }
  await use({ server, arrives });
  await Promise.all(people.map((person) => person.leaves()));
  await server.remove();
}

test('two people chat at a host with a name of its own', async ({ encrypted: { server, arrives } }) => {
  const [mara, jonas] = await Promise.all([arrives(), arrives()]);
  expect(mara.page.url()).toContain(`https://${HOST}`);
  await Promise.all([mara.signUp(called('Mara')), jonas.signUp(called('Jonas'))]);
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Is the post sealed?');
  await jonas.accept(mara.name);
  await jonas.send(mara.name, 'With wax');
  await mara.sees('With wax');

  // The connection is made anew with the same server, and the app starts from what the browser has kept.
  await server.kill();
  await server.start();
  await mara.page.reload();
  await mara.send(jonas.name, 'And again');
  await jonas.sees('And again');
});

test('without HTTPS a page says what is to be done', async ({ clear: { arrives } }) => {
  const { page } = await arrives();
  await expect(page.getByRole('heading', { name: 'This address is not secure' })).toBeVisible();
  await look(page, 'insecure');
});
