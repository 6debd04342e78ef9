import Flows
import Foundation
import Lab
import Places
import Testing

@Suite final class PlacesTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "places-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func names(_ name: String) -> PlaceValue {
    .map([("names", .map([("de", .text("?")), ("en", .text(name))]))])
  }

  private func city(_ code: String, _ country: String, _ city: String) -> PlaceValue {
    .map([
      ("city", names(city)),
      ("country", .map([("iso_code", .text(code)), ("names", .map([("en", .text(country))]))])),
    ])
  }

  private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }
  private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

  @Test(arguments: [24, 28, 32] as [UInt16], [4, 6] as [UInt16])
  func `country and city are found in trees of every kind`(size: UInt16, version: UInt16) throws {
    var writer = PlaceDatabaseWriter(version: version, recordSize: size)
    writer.records = [
      (try prefix("192.0.2.0/24"), city("DE", "Germany", "Berlin")),
      (try prefix("192.0.2.128/25"), city("FR", "France", "Paris")),
    ]
    if version == 6 { writer.records.append((try prefix("2001:db8::/32"), city("JP", "Japan", "Tōkyō"))) }
    let places = Places(files: [try write(writer.bytes(), "a.mmdb")], folders: [])
    #expect(places.errors.isEmpty && places.databases.map(\.type) == ["GeoLite2-City"])
    #expect(places.databases[0].built == 1_745_107_200)
    #expect(
      places.place(of: try address("192.0.2.1"))
        == AddressLocation(country: "DE", countryName: "Germany", city: "Berlin"))
    #expect(places.place(of: try address("192.0.2.200"))?.city == "Paris")
    #expect(places.place(of: try address("192.0.3.1")) == nil)
    #expect(places.place(of: try address("2001:db8::1"))?.city == (version == 6 ? "Tōkyō" : nil))
    #expect(places.takeErrors().isEmpty)
  }

  @Test func `several databases make one answer`() throws {
    var cities = PlaceDatabaseWriter()
    cities.records = [(try prefix("198.51.100.0/24"), city("US", "United States", "Boston"))]
    var networks = PlaceDatabaseWriter(type: "DBIP-ASN-Lite (compat=GeoLite2-ASN)")
    networks.records = [
      (
        try prefix("198.51.0.0/16"),
        .map([
          ("autonomous_system_number", .number(64500)), ("autonomous_system_organization", .text("Example Net")),
        ])
      )
    ]
    _ = try write(cities.bytes(), "b.mmdb")
    _ = try write(networks.bytes(), "c.mmdb")
    _ = try write([1, 2, 3], "readme.txt")
    let places = Places(files: [], folders: [folder, "/nowhere"])
    let place = try #require(places.place(of: try address("198.51.100.77")))
    #expect(place.summary == "Boston, United States, AS64500 Example Net")
    #expect(places.place(of: try address("198.51.1.1"))?.networkTitle == "AS64500 Example Net")
    #expect(places.errors.isEmpty && places.databases.count == 2)
  }

  @Test func `records that are texts are read as well`() throws {
    var writer = PlaceDatabaseWriter(type: "ipinfo generic_country_asn.mmdb")
    writer.records = [
      (
        try prefix("203.0.113.0/24"),
        .map([
          ("country", .text("NL")), ("country_name", .text("Netherlands")), ("asn", .text("AS64501")),
          ("as_name", .text("Example")),
        ])
      )
    ]
    let places = Places(files: [try write(writer.bytes(), "d.mmdb")], folders: [])
    #expect(
      places.place(of: try address("203.0.113.9"))
        == AddressLocation(country: "NL", countryName: "Netherlands", networkNumber: 64501, network: "Example"))
  }

  @Test func `damaged files are named, and the others answer`() throws {
    var writer = PlaceDatabaseWriter()
    writer.records = [(try prefix("192.0.2.0/24"), city("DE", "Germany", "Berlin"))]
    let good = writer.bytes()
    let bad = [
      try write([], "empty.mmdb"), try write(Array("not a database".utf8), "text.mmdb"),
      try write(Array(good.prefix(good.count / 2)), "cut.mmdb"),
    ]
    let places = Places(files: bad + ["\(folder)/absent.mmdb", try write(good, "good.mmdb")], folders: [])
    #expect(places.errors.map(\.path) == bad + ["\(folder)/absent.mmdb"])
    #expect(places.errors.allSatisfy { "\($0)".contains($0.path) && !$0.problem.isEmpty })
    #expect(places.place(of: try address("192.0.2.1"))?.country == "DE")
  }

  @Test func `spoiled databases never end the program`() throws {
    var writer = PlaceDatabaseWriter()
    writer.records = [
      (try prefix("192.0.2.0/24"), city("DE", "Germany", String(repeating: "x", count: 400))),
      (try prefix("2001:db8::/32"), city("JP", "Japan", "é")),
    ]
    let good = writer.bytes()
    let addresses = [try address("192.0.2.1"), try address("2001:db8::1")]
    var state: UInt64 = 3
    for _ in 0..<300 {
      var bytes = good
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      let places = Places(files: [try write(bytes, "spoiled.mmdb")], folders: [])
      for address in addresses { _ = places.place(of: address) }
      #expect(places.takeErrors().allSatisfy { $0.path.hasSuffix("spoiled.mmdb") })
      #expect(places.takeErrors().isEmpty)
    }
  }

  @Test func `a folder that may not be listed is an error`() throws {
    let folder = try TemporaryFolder()
    try folder.denying("") {
      let places = Places(files: [], folders: [folder.path, "/nowhere"])
      #expect(places.errors.map(\.path) == [folder.path])
      #expect(places.errors.map(\.problem) == ["Permission denied"])
    }
  }

  @Test func `without a database there is no place and no error`() throws {
    let places = Places(files: [], folders: [folder, "/nowhere"])
    #expect(places.databases.isEmpty && places.errors.isEmpty)
    #expect(places.place(of: try address("192.0.2.1")) == nil)
  }
}
