"""What billing systems say, read into amounts a month and spans of days. Pure: nothing here touches the database."""
