import AddressSets

private let lists = [
  "# ours\n192.0.2.0/24 ; x\n10.0.0.1 - 10.0.0.6\n2001:db8::/32,DE\n::-ffff::\n",
  #"{"createDate":"d","prefixes":[{"ip_prefix":"3.5.140.0/22","region":"eu","service":"EC2"}],"ipv6_prefixes":[{"ipv6_prefix":"2600::/35"}]}"#,
  #"{"creationTime":"t","prefixes":[{"ipv4Prefix":"8.8.4.0/24","scope":"a","service":"Google Cloud"}]}"#,
  #"{"changeNumber":1,"values":[{"name":"S.W","properties":{"region":"w","addressPrefixes":["13.66.176.16/28"]}}]}"#,
  #"{"addresses":["23.235.32.0/20"],"ipv6_addresses":["2a04:4e40::/32"]}"#,
  #"{"result":{"ipv4_cidrs":["1.0.0.0/8"],"ipv6_cidrs":[]}}"#, #"{"hooks":["1.0.0.0-1.0.0.9"]}"#,
]

private let kept = "headwater-set/1\nsource a\nimported 1745158637\ndated d\nparts ec2 eu\n3.5.140.0/22 0 1\n::/0\n"

/// Lists of addresses, as published and as kept.
let addressListSubjects: [Subject] = [
  Subject(name: "address list", seeds: bytes(lists)) { (try? AddressList(parsing: $0))?.entries.count ?? -1 },
  Subject(name: "stored address set", seeds: bytes([kept])) { input in
    guard let set = try? StoredAddressSet(parsing: input) else { return -1 }
    // What was read is written and read again as it was.
    guard let again = try? StoredAddressSet(parsing: Array(set.text.utf8)), again.entries == set.entries else {
      fatalError("a set was not read as it was written")
    }
    return set.entries.count
  },
]
