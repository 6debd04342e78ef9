package import JSON

/// Sends the parts that many rows have in common once.
///
/// A busy process has hundreds of flows, each with the same owner of half a kilobyte. In
/// `{"owners":[O],"flows":[{"owner":0,…},{"owner":0,…}]}` it stands once, and so do names of namespaces.
package enum RepeatedParts {
  private static let columns = ["owner", "namespaceName", "interface", "outInterface"]

  /// Replaces, in every object of the list `rows` of `document`, the value of each column by its number in a list of the
  /// document named for the column.
  package static func gather(_ rows: String, in document: JSONValue) -> JSONValue {
    guard case .list(var elements)? = document[rows] else { return document }
    var document = document
    for column in columns {
      var numbers: [JSONValue: UInt64] = [:]
      var values: [JSONValue] = []
      for index in elements.indices {
        guard let value = elements[index][column] else { continue }
        let number = numbers[value] ?? UInt64(values.count)
        if number == values.count {
          numbers[value] = number
          values.append(value)
        }
        elements[index].set(column, .unsigned(number))
      }
      if !values.isEmpty { document.set(column + "s", .list(values)) }
    }
    document.set(rows, .list(elements))
    return document
  }

  /// The document as it was. A number that stands for nothing stays, and is refused when the row is read.
  package static func spread(_ rows: String, in document: JSONValue) -> JSONValue {
    guard case .list(var elements)? = document[rows] else { return document }
    for column in columns {
      guard case .list(let values)? = document[column + "s"] else { continue }
      for index in elements.indices {
        guard case .unsigned(let number)? = elements[index][column], let position = Int(exactly: number),
          values.indices.contains(position)
        else { continue }
        elements[index].set(column, values[position])
      }
    }
    var document = document
    document.set(rows, .list(elements))
    return document
  }
}
