"""Template words: numbers, money and times as people read them."""

from django import template

register = template.Library()
