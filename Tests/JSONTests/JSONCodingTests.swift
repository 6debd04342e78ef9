import JSON
import Testing

struct JSONCodingTests {
  private enum Colour: String, Codable { case red, green }
  private struct Inner: Codable, Hashable {
    var colour = Colour.green
    var labels: [String: String] = ["a b": "c"]
  }
  private struct Outer: Codable, Hashable {
    var big = UInt64.max
    var small = Int64.min
    var byte: Int8 = -7
    var real = 0.1
    var single: Float = 2.5
    var flag = true
    var text = "x\u{0}é"
    var none: String?
    var some: Int? = 3
    var inner = [Inner(), Inner(colour: .red, labels: [:])]
    var set: Set<Int32> = [5]
    var nested = [[1, 2], []]
    var optionals: [Int?] = [nil, 1]
    var wide: [Int: String] = [1: "one"]
  }

  @Test func `what is encoded is decoded as the same`() throws {
    let value = Outer()
    #expect(try JSONValue(encoding: value).decoded(as: Outer.self) == value)
    let line = try JSONValue(encoding: value).line
    #expect(try JSONValue(parsing: line).decoded(as: Outer.self) == value)
  }

  @Test func `absent values leave no key and null reads as absent`() throws {
    let encoded = try JSONValue(encoding: Outer())
    #expect(encoded["none"] == nil && encoded["some"] == .unsigned(3))
    #expect(try JSONValue(encoding: Int?.none) == .null)
    #expect(try JSONValue.null.decoded(as: Int?.self) == nil)
    #expect(try JSONValue.unsigned(4).decoded(as: Int?.self) == 4)
  }

  @Test func `a number out of range or of another type is refused`() {
    #expect(throws: DecodingError.self) { try JSONValue.unsigned(256).decoded(as: UInt8.self) }
    #expect(throws: DecodingError.self) { try JSONValue.negative(-1).decoded(as: UInt.self) }
    #expect(throws: DecodingError.self) { try JSONValue.real(0.5).decoded(as: Int.self) }
    #expect(throws: DecodingError.self) { try JSONValue.text("1").decoded(as: Int.self) }
    #expect(throws: DecodingError.self) { try JSONValue.list([]).decoded(as: Inner.self) }
    #expect(throws: DecodingError.self) { try JSONValue.object([]).decoded(as: [Int].self) }
    #expect(throws: DecodingError.self) { try JSONValue.object([]).decoded(as: Outer.self) }
    #expect(throws: EncodingError.self) { try JSONValue(encoding: [Double.infinity]) }
  }

  @Test func `a dictionary of a hundred thousand keys is decoded in time that grows with it`() throws {
    let labels = Dictionary(uniqueKeysWithValues: (0..<100_000).map { ("key \($0)", "\($0)") })
    #expect(try JSONValue(encoding: labels).decoded(as: [String: String].self) == labels)
  }

  @Test func `of two members with one name the last counts`() throws {
    let value = try JSONValue(parsing: Array(#"{"colour":"red","labels":{},"colour":"green"}"#.utf8))
    #expect(try value.decoded(as: Inner.self).colour == .green && value["colour"] == .text("green"))
  }
}
