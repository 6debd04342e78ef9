import Foundation
import Testing

@testable import Views

@Suite struct TextTests {
  @Test(arguments: SyntheticTraffic.hostileNames)
  func `no text can control a terminal or hide`(name: String) {
    for scalar in name.visible.unicodeScalars {
      let category = scalar.properties.generalCategory
      #expect(![.control, .format, .lineSeparator, .paragraphSeparator, .privateUse].contains(category))
    }
    #expect(name.visible.visible == name.visible)
  }

  @Test(arguments: [
    ("\u{1B}[2J", "\\x1b[2J"), ("a\nb\tc", "a\\nb\\tc"), ("\u{0}", "\\x00"), ("\u{9B}1m", "\\x9b1m"),
    ("\u{202E}x", "\\u{202e}x"), ("é日", "é日"), ("\u{301}x", "\\u{301}x"), ("", ""),
  ])
  func `what isn't visible is written out`(text: String, visible: String) {
    #expect(text.visible == visible)
  }

  @Test(arguments: SyntheticTraffic.hostileNames)
  func `JSON says the same and holds nothing that a terminal acts on`(name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .prettyPrinted
    let text = String(decoding: try encoder.encode([name: [name]]), as: UTF8.self).visibleJSON
    for scalar in text.unicodeScalars where scalar != "\n" {
      #expect(![.control, .format, .lineSeparator].contains(scalar.properties.generalCategory))
    }
    #expect(try JSONDecoder().decode([String: [String]].self, from: Data(text.utf8)) == [name: [name]])
  }

  @Test func `a line takes foreign text in whatever way it is given`() {
    let name = "a\u{1B}[31m\nb"
    let visible = #"a\x1b[31m\nb"#
    let interpolated: Line = "who: \(name)"
    #expect(interpolated.text == "who: \(visible)")
    #expect(Line(name).text == visible)
    var appended = Line()
    appended.append(name)
    #expect(appended.rendered(.plain) == visible)
  }

  @Test(arguments: [
    ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("ｱ", 1), ("Ａ", 2), ("한글", 4), ("👍", 2), ("…·▏", 3), ("", 0),
  ])
  func `width is counted in cells`(text: String, width: Int) {
    #expect(text.displayWidth == width)
  }

  @Test func `shortened text fits and keeps its ends`() {
    #expect("abcdef".shortened(to: 4) == "abc…")
    #expect("2001:db8::1".shortened(to: 7, at: .middle) == "200…::1")
    let pair = "forwarded: 172.17.0.9 -> 2001:db8:1:2:3:4:5:6"
    #expect(pair.shortened(to: 40, at: .pair) == "forwarded: 172.17.0.9 -> 2001:db…3:4:5:6")
    #expect(pair.shortened(to: 26, at: .pair) == "172.17.0.9 -> 2001:d…4:5:6")
    #expect("日本語".shortened(to: 4) == "日…")
    #expect("abc".shortened(to: 3) == "abc")
    for width in 0...8 {
      for text in SyntheticTraffic.hostileNames.map(\.visible) {
        for place in [Ellipsis.end, .middle, .pair] {
          #expect(text.shortened(to: width, at: place).displayWidth <= width)
        }
      }
    }
  }

  @Test func `a table lines up and leaves the least important out`() {
    var table = TextTable([.init("WHO", minimum: 4), .init("IN", .right, rank: 1), .init("NOTE", minimum: 5, rank: 2)])
    table.add(["squid", "12 B", "a long remark"])
    table.add(["日本", "1.2 kB"])
    #expect(
      table.lines().map(\.text) == [
        "WHO        IN  NOTE", "squid    12 B  a long remark", "日本   1.2 kB  ",
      ])
    #expect(table.lines(width: 14).map(\.text) == ["WHO        IN", "squid    12 B", "日本   1.2 kB"])
    #expect(table.lines(width: 12).map(\.text) == ["WHO       IN", "squ…    12 B", "日本  1.2 kB"])
  }

  @Test func `a table never exceeds its width`() {
    for width in 0...120 {
      var table = TextTable([
        .init("WHO", minimum: 5), .init("IN", .right, rank: 1), .init("WHAT", minimum: 3, rank: 2),
      ])
      for name in SyntheticTraffic.hostileNames { table.add([.init(name), .init(name), .init(name)]) }
      for line in table.lines(width: width) {
        #expect(line.width <= width)
        #expect(line.width == line.text.displayWidth)
      }
    }
  }
}
