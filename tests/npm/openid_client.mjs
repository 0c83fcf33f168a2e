// npm's openid-client, unmodified, as a third-party app: everything that Cardea offers it, each step checked.
// ISSUER, CLIENTS (JSON by name) and PERSON (JSON) come from the environment; the first thing that does not hold ends it.
import assert from 'node:assert/strict'
import * as client from 'openid-client'

const issuer = process.env.ISSUER
const clients = JSON.parse(process.env.CLIENTS)
const person = JSON.parse(process.env.PERSON)

// A browser without script: cookies, forms, one redirect at a time.
class Browser {
  cookies = new Map()

  async go(url, form) {
    for (;;) {
      const headers = { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
      const response = await fetch(url, { redirect: 'manual', headers, ...(form && { method: 'POST', body: new URLSearchParams(form) }) })
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/)
        this.cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (!location) return { url, status: response.status, body: await response.text() }
      url = new URL(location, url).href
      form = undefined
      if (!url.startsWith(issuer + '/')) return { url, status: response.status, body: '' }
    }
  }

  // Posts the last form of a page with its hidden fields.
  submit(page, fields) {
    const form = [...page.body.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].at(-1)
    assert.ok(form, `a form is expected at ${page.url}: ${page.body}`)
    const hidden = [...form[2].matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [unescape(name), unescape(value)])
    return this.go(new URL(unescape(form[1]), page.url).href, { ...Object.fromEntries(hidden), ...fields })
  }

  // Signs in and allows, wherever that is asked.
  async answer(page) {
    for (let turn = 0; turn < 4; turn++) {
      if (page.url.includes('/login')) page = await this.submit(page, { email: person.email, password: person.password })
      else if (page.url.includes('/consent')) page = await this.submit(page, { decision: 'allow' })
      else break
    }
    return page
  }
}

function unescape(text) {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))).replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

async function discover(name, authentication, metadata = {}) {
  const { id, secret } = clients[name]
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  return client.discovery(new URL(issuer), id, { ...metadata, client_secret: secret }, authentication?.(secret), { execute })
}

async function request(config, name, extra = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: clients[name].redirect_uri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...extra,
  })
  return { url: url.href, checks }
}

// The whole round, as most apps go it.
async function round(name, authentication, metadata) {
  const config = await discover(name, authentication, metadata)
  const browser = new Browser()
  const { url, checks } = await request(config, name)
  const back = await browser.answer(await browser.go(url))
  const tokens = await client.authorizationCodeGrant(config, new URL(back.url), checks)
  const claims = tokens.claims()
  assert.equal(claims.sub, person.id)
  assert.equal(claims.aud, clients[name].id)
  assert.ok(tokens.expiresIn() > 0)

  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  assert.equal(userinfo.email, person.email)

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
  assert.equal(refreshed.claims().auth_time, claims.auth_time)
  return { config, browser, tokens: refreshed }
}

async function basic() {
  const { config, browser, tokens } = await round('basic', client.ClientSecretBasic)

  // A person who has answered before is not asked again, also without any page.
  const silent = await request(config, 'basic', { prompt: 'none' })
  const back = await browser.go(silent.url)
  await client.authorizationCodeGrant(config, new URL(back.url), silent.checks)

  const stranger = await request(config, 'basic', { prompt: 'none' })
  const refused = await new Browser().go(stranger.url)
  await assert.rejects(client.authorizationCodeGrant(config, new URL(refused.url), stranger.checks), { error: 'login_required' })

  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true)
  await client.tokenRevocation(config, tokens.refresh_token)
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false)
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' })

  // Again, and out: the way back is the one that is registered, with the state.
  const again = await request(config, 'basic')
  const once_more = await client.authorizationCodeGrant(config, new URL((await browser.answer(await browser.go(again.url))).url), again.checks)
  const goodbye = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: clients.basic.post_logout_redirect_uri,
    id_token_hint: once_more.id_token,
    state: 'farewell',
  })
  assert.equal((await browser.go(goodbye.href)).url, `${clients.basic.post_logout_redirect_uri}?state=farewell`)
}

async function form_post() {
  const config = await discover('post', client.ClientSecretPost)
  const browser = new Browser()
  const { url, checks } = await request(config, 'post', { response_mode: 'form_post' })
  const page = await browser.answer(await browser.go(url))
  const [, target] = page.body.match(/<form[^>]*action="([^"]*)"/)
  assert.equal(unescape(target), clients.post.redirect_uri)
  const fields = [...page.body.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [unescape(name), unescape(value)])
  const posted = new Request(clients.post.redirect_uri, { method: 'POST', body: new URLSearchParams(fields) })
  const tokens = await client.authorizationCodeGrant(config, posted, checks)
  assert.equal(tokens.claims().sub, person.id)
}

async function machine() {
  const config = await discover('machine', client.ClientSecretBasic)
  const tokens = await client.clientCredentialsGrant(config, { scope: 'articles:read' })
  assert.equal(tokens.scope, 'articles:read')
  assert.equal(tokens.id_token, undefined)
  await assert.rejects(client.clientCredentialsGrant(config, { scope: 'articles:delete' }), { error: 'invalid_scope' })
}

const steps = {
  'client_secret_basic, prompt=none, introspection, revocation, logout': basic,
  'client_secret_post': () => round('post', client.ClientSecretPost),
  'response_mode=form_post': form_post,
  'a public client': () => round('public', () => client.None()),
  'signed userinfo': () => round('signed', client.ClientSecretBasic, { userinfo_signed_response_alg: 'ES256' }),
  'ID tokens signed with EdDSA': () => round('eddsa', client.ClientSecretBasic, { id_token_signed_response_alg: 'EdDSA' }),
  'client_credentials': machine,
}

for (const [name, step] of Object.entries(steps)) {
  try {
    await step()
    console.log(`ok: ${name}`)
  } catch (error) {
    console.error(`FAILED: ${name}`, error, error.cause ?? '')
    process.exit(1)
  }
}
