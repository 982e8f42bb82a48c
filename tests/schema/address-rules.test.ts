import { describe, expect, it } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'

const nothingAllowed = new AddressRules()

describe('addresses that are refused', () => {
  it.each([
    ['127.0.0.1', '127.0.0.0/8'],
    ['127.255.255.254', '127.0.0.0/8'],
    ['0.0.0.0', '0.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['172.16.0.1', '172.16.0.0/12'],
    ['172.31.255.255', '172.16.0.0/12'],
    ['192.168.1.1', '192.168.0.0/16'],
    ['100.64.0.1', '100.64.0.0/10'],
    ['169.254.169.254', '169.254.0.0/16'],
    ['192.0.2.7', '192.0.2.0/24'],
    ['198.18.0.1', '198.18.0.0/15'],
    ['224.0.0.1', '224.0.0.0/4'],
    ['255.255.255.255', '240.0.0.0/4'],
    ['::1', '::1/128'],
    ['::', '::/128'],
    ['fe80::1', 'fe80::/10'],
    ['fe80::1%eth0', 'fe80::/10'],
    ['fc00::1', 'fc00::/7'],
    ['fd12:3456::1', 'fc00::/7'],
    ['ff02::1', 'ff00::/8'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2002:7f00:1::', '2002::/16'],
    ['2001:0:1::1', '2001::/32'],
    ['64:ff9b:1::1', '64:ff9b:1::/48'],
    ['168.63.129.16', '168.63.129.16/32'],
    ['::127.0.0.1', '::/3'],
    ['::ffff:0:127.0.0.1', '::/3'],
    ['100::1', '::/3'],
    ['5f00::1', '4000::/2'],
    ['8000::1', '8000::/1'],
    // An IPv4 address inside counts as what it is.
    ['::ffff:127.0.0.1', '127.0.0.0/8'],
    ['::ffff:a01:203', '10.0.0.0/8'],
    ['0:0:0:0:0:FFFF:C0A8:0101', '192.168.0.0/16'],
    ['64:ff9b::10.0.0.1', '10.0.0.0/8'],
    ['64:ff9b::a9fe:a9fe', '169.254.0.0/16'],
  ])('%s belongs to %s', (address, cidr) => {
    expect(nothingAllowed.refusal(address)?.cidr).toBe(cidr)
  })

  it.each(['', 'localhost', '1.2.3', '127.0.0.1:80', '0x7f.1'])('what is no address, such as "%s"', (text) => {
    expect(nothingAllowed.refusal(text)).not.toBeNull()
  })
})

it.each([
  '1.1.1.1',
  '172.32.0.1',
  '100.128.0.1',
  '192.169.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
])('%s is an address of the public Internet', (address) => {
  expect(nothingAllowed.refusal(address)).toBeNull()
})

describe('what an operator allows', () => {
  it('is let through, and nothing beside it', () => {
    const rules = AddressRules.parse(' 10.2.0.0/16, 192.168.1.5 ,fd00::/8,, ')
    expect(['10.2.9.9', '192.168.1.5', 'fd00::1', '::ffff:10.2.0.1'].map((each) => rules.refusal(each))).toEqual(
      Array(4).fill(null),
    )
    expect(['10.3.0.1', '192.168.1.6', 'fc00::1', '127.0.0.1'].map((each) => rules.refusal(each)?.cidr)).toEqual([
      '10.0.0.0/8',
      '192.168.0.0/16',
      'fc00::/7',
      '127.0.0.0/8',
    ])
  })

  it('is nothing when nothing is named', () => {
    expect(AddressRules.parse('').refusal('10.0.0.1')?.leads).toBe('into a private network')
  })

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'intranet',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.0.0.0/',
    '::/129',
    '10.0.0.0/-1',
  ])('must be networks: "%s" is none', (text) => {
    expect(() => AddressRules.parse(text)).toThrow(`WEIR_PULL_ALLOW names "${text}"`)
  })
})
