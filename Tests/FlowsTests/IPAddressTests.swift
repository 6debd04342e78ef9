import Testing

@testable import Flows

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
    ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("::ffff:192.0.2.1", "::ffff:c000:201"), ("fe80::1:2:3:4", "fe80::1:2:3:4"),
  ])
  func `text is read and printed canonically`(text: String, canonical: String) throws {
    #expect(try #require(IPAddress(text)).description == canonical)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", ":", ":::", "1::2::3", "12345::",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "fe80::1%eth0", "[::1]", "::+1", "::1.2.3",
  ])
  func `malformed text is refused`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func `mapped addresses fold to IPv4`() {
    #expect(IPAddress(mapped: 0xFFFF_C000_0201) == .v4(0xC000_0201))
    #expect(IPAddress(networkOrder: [192, 0, 2, 1]) == .v4(0xC000_0201))
    #expect(IPAddress(networkOrder: [1, 2, 3]) == nil)
  }

  @Test func `prefixes clear host bits and match only their family`() throws {
    let prefix = try #require(Prefix("10.1.2.3/8"))
    #expect(prefix.description == "10.0.0.0/8")
    #expect(prefix.contains(.v4(0x0AFF_FFFF)))
    #expect(!prefix.contains(.v4(0x0B00_0000)))
    #expect(!prefix.contains(.v6(0x0A00_0000)))
    #expect(try #require(Prefix("::/0")).contains(.v6(.max)))
    #expect(try #require(Prefix("0.0.0.0/0")).contains(.v4(.max)))
    for bad in ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "x/8", "10.0.0.0/+8"] {
      #expect(Prefix(bad) == nil)
    }
  }

  @Test func `endpoints print with brackets for IPv6 and read back`() throws {
    for text in ["192.0.2.1:443", "[2001:db8::1]:443", "[::]:0"] {
      #expect(try #require(Endpoint(text)).description == text)
    }
    for bad in ["192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "::1:443", "[1.2.3.4]:1", "1.2.3.4:+5"] {
      #expect(Endpoint(bad) == nil)
    }
  }
}
