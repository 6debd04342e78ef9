internal import CYAML

/// A node of a YAML document, with its first line.
struct YAMLNode {
  indirect enum Content {
    /// - Parameter isPlain: without quotes.
    case text(String, isPlain: Bool)
    case list([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  var content: Content
  /// The line's number, from 1.
  var line: Int

  /// Whether the node is empty or `null`.
  var isNothing: Bool {
    guard case .text(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The kind of node, for errors.
  var kind: String {
    switch content {
    case .text: isNothing ? "nothing" : "a word"
    case .list: "a list"
    case .mapping: "keys with values"
    }
  }

  struct Problem: Error {
    /// The line's number, from 1; nil if it is not known.
    var line: Int?
    var text: String
  }

  /// The document in `bytes`, which are UTF-8; nil if there is none.
  ///
  /// Aliases are replaced by their nodes. Settings nest four deep; a document with more than 32 levels, or more than
  /// 100,000 nodes after aliases are replaced, is rejected.
  static func document(_ bytes: [UInt8]) throws(Problem) -> YAMLNode? {
    let builder = Builder()
    var problem = hw_yaml_problem()
    let isUnderstood = hw_yaml_read(
      bytes, bytes.count,
      { context, event in
        guard let context, let event else { return false }
        return Unmanaged<Builder>.fromOpaque(context).takeUnretainedValue().take(event.pointee)
      }, Unmanaged.passUnretained(builder).toOpaque(), &problem)
    if let problem = builder.problem { throw problem }
    guard isUnderstood else {
      let text = withUnsafeBytes(of: problem.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw Problem(line: problem.line == 0 ? nil : Int(problem.line), text: text)
    }
    return builder.root
  }

  /// Builds nodes from the parser's events.
  private final class Builder {
    var root: YAMLNode?
    var problem: Problem?
    private var documents = 0
    private var pieces = 0
    private var open: [(isMapping: Bool, line: Int, items: [YAMLNode], pieces: Int, anchor: String?)] = []
    private var named: [String: (node: YAMLNode, pieces: Int)] = [:]

    /// Handles an event; false to stop.
    func take(_ event: hw_yaml_event) -> Bool {
      let line = Int(event.line)
      let anchor = event.anchor.map { String(cString: $0) }
      switch event.kind {
      case HW_YAML_DOCUMENT:
        documents += 1
        if documents > 1 { return refuse(line, "a second document") }
      case HW_YAML_SCALAR:
        let text = String(decoding: UnsafeBufferPointer(start: event.text, count: event.length), as: UTF8.self)
        return add(YAMLNode(content: .text(text, isPlain: event.is_plain), line: line), 1, anchor)
      case HW_YAML_ALIAS:
        guard let anchor, let (node, count) = named[anchor] else { return refuse(line, "the alias refers to nothing") }
        return add(YAMLNode(content: node.content, line: line), count, nil)
      case HW_YAML_LIST, HW_YAML_MAPPING:
        if open.count >= 32 { return refuse(line, "nested too deep") }
        open.append((event.kind == HW_YAML_MAPPING, line, [], pieces, anchor))
      case HW_YAML_END:
        guard let last = open.popLast() else { return false }
        return add(node(last.items, last.isMapping, last.line), pieces - last.pieces + 1, last.anchor, isCounted: true)
      default: break
      }
      return true
    }

    private func node(_ items: [YAMLNode], _ isMapping: Bool, _ line: Int) -> YAMLNode {
      guard isMapping else { return YAMLNode(content: .list(items), line: line) }
      let pairs = stride(from: 0, to: items.count - 1, by: 2).map { (key: items[$0], value: items[$0 + 1]) }
      return YAMLNode(content: .mapping(pairs), line: line)
    }

    private func add(_ node: YAMLNode, _ count: Int, _ anchor: String?, isCounted: Bool = false) -> Bool {
      pieces += isCounted ? 1 : count
      if pieces > 100_000 { return refuse(node.line, "too many values") }
      if let anchor { named[anchor] = (node, count) }
      if open.isEmpty { root = node } else { open[open.count - 1].items.append(node) }
      return true
    }

    private func refuse(_ line: Int, _ text: String) -> Bool {
      problem = Problem(line: line, text: text)
      return false
    }
  }
}
