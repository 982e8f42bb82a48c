import { homedir } from 'node:os'
import { join } from 'node:path'

/** What streamlink may know of the worker's environment: where programs, proxies and trusted certificates are. */
const passed = [
  ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'SYSTEMROOT', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV'],
  // Not NO_PROXY: it names the house's own addresses, which a channel's address must not lead to.
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'],
  ...['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
]

/**
 * The environment of a streamlink: a home of its own, so that neither the configuration, plugins, cookies nor `.netrc` of
 * whoever runs the worker are read, and none of the worker's own variables.
 */
export function streamlinkEnvironment(ours: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(ours).filter(([name, value]) => passed.includes(name) && value !== undefined)
  return {
    // Where `pip install --user` has put streamlink itself: Python looks below the home otherwise.
    PYTHONUSERBASE: ours.PYTHONUSERBASE ?? join(homedir(), '.local'),
    ...Object.fromEntries(kept),
    PYTHONUTF8: '1',
    HOME: home,
    APPDATA: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_STATE_HOME: home,
    XDG_CACHE_HOME: home,
  }
}

const proxies = ['http_proxy', 'https_proxy', 'all_proxy']

/** Whether the environment sends requests through a proxy. */
export const hasProxy = (environment: NodeJS.ProcessEnv): boolean =>
  proxies.some((name) => environment[name] || environment[name.toUpperCase()])

/** The environment with this proxy, which nothing goes past. */
export function throughProxy(environment: NodeJS.ProcessEnv, proxyUrl: string): NodeJS.ProcessEnv {
  const others = Object.entries(environment).filter(([name]) => !/_proxy$/i.test(name))
  return { ...Object.fromEntries(others), http_proxy: proxyUrl, https_proxy: proxyUrl }
}
