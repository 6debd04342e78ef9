import AddressSets
import Flows
import Testing

@Suite struct AddressListTests {
  private func list(_ text: String) throws -> AddressList { try AddressList(parsing: Array(text.utf8)) }
  private func prefixes(_ texts: [String]) throws -> [Prefix] { try texts.map { try #require(Prefix($0)) } }

  @Test func `AWS's ranges have services and regions`() throws {
    let list = try list(
      """
      { "syncToken": "1745158623", "createDate": "2025-04-20-14-17-03", "prefixes": [
        { "ip_prefix": "3.4.12.4/32", "region": "eu-west-1", "service": "AMAZON", "network_border_group": "eu-west-1" },
        { "ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON", "network_border_group": "x" },
        { "ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "EC2", "network_border_group": "x" } ],
        "ipv6_prefixes": [
        { "ipv6_prefix": "2600:1f14::/35", "region": "us-west-2", "service": "EC2", "network_border_group": "x" } ] }
      """)
    #expect(list.format == .aws && list.dated == "2025-04-20-14-17-03" && list.skipped == 0)
    #expect(list.entries.map(\.prefix) == (try prefixes(["3.4.12.4/32", "3.5.140.0/22", "2600:1f14::/35"])))
    #expect(try list.prefixes(of: "ec2") == prefixes(["3.5.140.0/22", "2600:1f14::/35"]))
    #expect(try list.prefixes(of: "eu-west-1") == prefixes(["3.4.12.4/32"]))
    #expect(list.prefixes(of: "mars") == nil)
  }

  @Test func `Google's two files are read`() throws {
    let goog = try list(
      #"{"syncToken":"1","creationTime":"2025-04-20T08:00:29.8","prefixes":[{"ipv4Prefix":"8.8.4.0/24"},{"ipv6Prefix":"2001:4860::/32"}]}"#
    )
    #expect(goog.format == .google && goog.dated == "2025-04-20T08:00:29.8" && goog.parts.isEmpty)
    #expect(try goog.entries.map(\.prefix) == prefixes(["8.8.4.0/24", "2001:4860::/32"]))
    let cloud = try list(
      #"{"syncToken":"1","creationTime":"t","prefixes":[{"ipv4Prefix":"34.1.208.0/20","service":"Google Cloud","scope":"africa-south1"}]}"#
    )
    #expect(try cloud.prefixes(of: "google-cloud") == prefixes(["34.1.208.0/20"]))
    #expect(try cloud.prefixes(of: "africa-south1") == prefixes(["34.1.208.0/20"]))
  }

  @Test func `Azure's service tags are parts`() throws {
    let list = try list(
      """
      \u{FEFF}{ "changeNumber": 345, "cloud": "Public", "values": [ { "name": "Storage.WestUS", "id": "Storage.WestUS",
        "properties": { "changeNumber": 1, "region": "westus", "regionId": 1, "platform": "Azure", "systemService": "AzureStorage",
        "addressPrefixes": [ "13.66.176.16/28", "2603:1030::/48" ], "networkFeatures": null } } ] }
      """)
    #expect(list.format == .azure && list.dated == "change 345")
    #expect(try list.prefixes(of: "storage.westus") == prefixes(["13.66.176.16/28", "2603:1030::/48"]))
    #expect(list.prefixes(of: "westus")?.count == 2)
  }

  @Test(arguments: [
    (#"{"addresses":["23.235.32.0/20"],"ipv6_addresses":["2a04:4e40::/32"]}"#, AddressList.Format.fastly),
    (
      #"{"result":{"ipv4_cidrs":["23.235.32.0/20"],"ipv6_cidrs":["2a04:4e40::/32"],"etag":"x"},"success":true}"#,
      .cloudflare
    ),
    (#"{"verifiable":true,"hooks":["23.235.32.0/20"],"web":["2a04:4e40::/32"],"domains":["x.com"]}"#, .lists),
    ("23.235.32.0/20\n2a04:4e40::/32\n", .plain),
  ]) func `other providers' files are recognised by their content`(text: String, format: AddressList.Format) throws {
    let list = try list(text)
    #expect(list.format == format)
    #expect(try list.entries.map(\.prefix) == prefixes(["23.235.32.0/20", "2a04:4e40::/32"]))
  }

  @Test func `plain lists have comments, ranges and what is no address`() throws {
    let list = try list(
      """
      # ours
      192.0.2.0/24 ; SBL1
      198.51.100.7,DE,Berlin\r
        10.0.0.1-10.0.0.6   # six
      10.1.0.0 - 10.1.255.255
      ::-::1
      0.0.0.0-255.255.255.255
      10.0.0.9-10.0.0.8
      example.com
      300.1.1.1/8
      """)
    let all = [
      "192.0.2.0/24", "198.51.100.7/32", "10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32", "10.1.0.0/16",
      "::/127", "0.0.0.0/0",
    ]
    #expect(try list.entries.map(\.prefix) == prefixes(all))
    #expect(list.skipped == 3)
    #expect(list.examples == ["10.0.0.9-10.0.0.8", "example.com", "300.1.1.1/8"])
  }

  @Test func `the widest odd range is a few hundred prefixes that hold just it`() throws {
    let list = try list("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")
    #expect(list.entries.count == 254)
    #expect(!list.entries.contains { $0.prefix.contains(.v6(0)) || $0.prefix.contains(.v6(.max)) })
    #expect(list.entries.contains { $0.prefix.contains(.v6(.max - 1)) })
  }

  @Test(arguments: [
    "", "# nothing\n", "{}", #"{"prefixes":[]}"#, "hello\nworld", "{\"prefixes\":[", "\u{0}\u{1}", "[1]",
    #"{"values":7}"#,
    #"{"prefixes":[{"ip_prefix":7}]}"#,
  ]) func `what is no list of addresses is refused`(text: String) {
    #expect(throws: AddressListError.self) { try list(text) }
  }

  @Test func `hostile lists are bounded`() throws {
    #expect(throws: AddressListError.self) {
      try AddressList(parsing: Array(repeating: UInt8(ascii: "["), count: 1_000_000))
    }
    #expect(throws: AddressListError.self) { try AddressList(parsing: Array(repeating: 0xFF, count: 1_000_000)) }
    let long = try AddressList(
      parsing: Array(repeating: UInt8(ascii: "x"), count: 1_000_000) + Array("\n192.0.2.1".utf8))
    #expect(long.entries.count == 1 && long.skipped == 1 && long.examples[0].count <= 60)
  }

  @Test func `what is kept is read again as it was`() throws {
    let list = try list(
      #"{"createDate":"d","prefixes":[{"ip_prefix":"3.5.140.0/22","region":"r 1","service":"EC2"},{"ip_prefix":"3.4.12.4/32","region":"r2","service":"évil"}]}"#
    )
    let set = StoredAddressSet(list, source: "odd\nname", imported: 1_745_158_637)
    let again = try StoredAddressSet(parsing: Array(set.text.utf8))
    #expect(again.entries == set.entries && again.parts == ["ec2", "r-1", "r2"] && again.dated == "d")
    #expect(again.source == "odd name" && again.imported == 1_745_158_637)
    #expect(try again.prefixesByPart["ec2"] == prefixes(["3.5.140.0/22"]))
    for cut in 0..<set.text.utf8.count { _ = try? StoredAddressSet(parsing: Array(set.text.utf8.prefix(cut))) }
    let spoiled = set.text.replacing("3.5.140.0/22 0", with: "3.5.140.0/22 99")
    #expect(throws: AddressListError.self) { try StoredAddressSet(parsing: Array(spoiled.utf8)) }
  }

  @Test func `parts can be asked for, and an address is in the whole set`() throws {
    let (all, ec2) = (try prefixes(["3.4.12.4/32", "3.5.140.0/22"]), try prefixes(["3.5.140.0/22"]))
    let sets = AddressSets(adding: ["aws": all], parts: ["aws:ec2": ec2])
    #expect(sets["aws:ec2"] == ec2)
    #expect(sets.name(of: .v4(0x0305_8C01)) == "aws")
    #expect(sets.names == ["aws", "cloudflare", "private"])
  }
}
