"""Schemas of these tests."""

from typing import Any

from graphql import GraphQLSchema, get_introspection_query, graphql_sync

from dashboard.discovery.discovered import Candidate, Discovered, ImportOptions
from dashboard.discovery.formats import read_document

SHOP = '''
"""A shop: it has lists, connections and everything else."""
schema { query: Root mutation: Changes subscription: Events }
directive @auth(role: String) on FIELD_DEFINITION
scalar DateTime
scalar UUID
scalar JSON
scalar Weird
enum Order { OLD @deprecated NEW }
interface Node { id: ID! }
type Product implements Node {
  id: ID! slug: String! name: String price: Float tags: [String!] added: DateTime old: Int @deprecated
  reviews(first: Int!): [Review!]! maker: Maker price_in(currency: String!): Float related: [Product]
  review(id: ID!): Review shop: Root
}
type Maker { key: UUID name: String products: [Product] }
type Review implements Node { id: ID! stars: Int! text: String product: Product }
type Service { id: Int name: String! }
union Found = Product | Review | Service
type PageInfo { hasNextPage: Boolean }
type ReviewEdge { node: Review cursor: String }
type ReviewConnection { edges: [ReviewEdge] pageInfo: PageInfo! totalCount: Int }
input Range { from: DateTime! to: DateTime }
input Filter { order: Order! range: Range! and: [Filter!]! not: Filter }
input Lookup @oneOf { range: Range slug: String }
type Root {
  products(limit: Int = 5): [Product!]!
  product(id: ID!): Product
  productBySlug(slug: String!): Product
  allReviews(first: Int, after: String): ReviewConnection
  review(id: ID): Review
  node(id: ID!): Node
  search(query: String!, filter: Filter!): [Found!]!
  lookup(by: Lookup!): Int
  weird(value: Weird!): Int
  version: String @deprecated(reason: "gone")
  anything(of: JSON!, at: UUID!): Boolean
  resetEverything: Boolean
  self: Root
}
input NewProduct { name: String! added: DateTime! }
type Payload { product: Product errors: [String!] }
type Changes { createProduct(input: NewProduct!): Payload deleteProduct(id: ID!): Boolean }
type Events { productAdded: Product }
'''


def read_text(text: str, **options: Any) -> Discovered:
    """Import a schema file."""
    return read_document(text.encode(), ImportOptions(**options))


def by_name(found: Discovered, name: str) -> Candidate:
    """Return the candidate of an endpoint."""
    return next(one for one in found.candidates if one.endpoint["name"] == name)


def introspect(schema: GraphQLSchema) -> dict[str, Any]:
    """Return the `data` of an introspection."""
    result = graphql_sync(schema, get_introspection_query(input_value_deprecation=True))
    assert result.data is not None
    return result.data
